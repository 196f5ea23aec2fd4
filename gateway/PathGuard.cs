using Microsoft.AspNetCore.Http.Features;

namespace Marketplace.Gateway;

/// <summary>Judges every request's path before anything is routed by it. What is inside stays inside, and a path that the next server could read as another
/// one is not passed on: the server here has already resolved the dot segments that it recognised.</summary>
public static class PathGuard
{
    private const int Decodings = 3;

    /// <summary>404 for <c>/internal/**</c>, 400 for a hidden dot segment, else null.</summary>
    public static IResult? Judge(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/internal", StringComparison.OrdinalIgnoreCase))
        {
            return TypedResults.NotFound();
        }

        var text = path.Value ?? "";
        return text.AsSpan().ContainsAny('%', '\\') && (HidesDots(text) || HidesDots(RawPath(context))) ? Problems.PathAmbiguous() : null;
    }

    /// <summary>A path below <c>/apis/{product}/{api}</c> as it goes to the provider. The server here decodes all but slashes, so that <c>%2F</c> and <c>%252F</c>
    /// look alike; where a percent sign is left, what the caller wrote is taken instead.</summary>
    public static string AsWritten(HttpContext context, PathString below)
    {
        if (!below.Value!.Contains('%'))
        {
            return below.ToUriComponent();
        }

        var raw = RawPath(context);
        var at = 0;
        for (var slashes = 0; at < raw.Length && (raw[at] != '/' || ++slashes < 4);)
        {
            at++;
        }

        return raw[at..];
    }

    // Without dot segments it has the same segments as the path that was routed by.
    private static string RawPath(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var start = target.StartsWith('/') ? 0 : Math.Max(0, target.IndexOf('/', target.IndexOf("//", StringComparison.Ordinal) + 2));
        var end = target.IndexOf('?');
        return target[start..(end < 0 ? target.Length : end)];
    }

    private static bool HidesDots(string text)
    {
        for (var i = 0; i < Decodings; i++)
        {
            if (text.Split('/', '\\').Any(segment => segment is "." or ".."))
            {
                return true;
            }

            text = Uri.UnescapeDataString(text);
        }

        // Nobody needs to encode so often.
        return text.Contains('%') && Uri.UnescapeDataString(text) != text || text.Split('/', '\\').Any(segment => segment is "." or "..");
    }
}
