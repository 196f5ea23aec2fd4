namespace Marketplace.Gateway;

/// <summary>Judges every request's path before anything is routed by it. What is inside stays inside, and a path that the next server could read as another
/// one is not passed on: the server here has already resolved the dot segments that it recognised.</summary>
public static class PathGuard
{
    private const int Decodings = 3;

    /// <summary>404 for <c>/internal/**</c>, 400 for a hidden dot segment, else null.</summary>
    public static IResult? Judge(PathString path)
    {
        if (path.StartsWithSegments("/internal", StringComparison.OrdinalIgnoreCase))
        {
            return TypedResults.NotFound();
        }

        var text = path.Value ?? "";
        return text.AsSpan().ContainsAny('%', '\\') && HidesDots(text) ? Problems.PathAmbiguous() : null;
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
