using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Storage;

/// <summary>ETags made from a row's version number.</summary>
public static class Versions
{
    /// <summary>Sends the version of what is answered.</summary>
    public static void SetVersion(this HttpContext context, long version) => context.Response.Headers.ETag = $"\"{version}\"";

    /// <summary>The refusal when the request sends an <c>If-Match</c> that names another version; null when it fits, and where none is sent.</summary>
    public static ProblemHttpResult? MismatchIfSent(this HttpContext context, long version) =>
        context.Request.Headers.IfMatch.Count > 0 ? context.Mismatch(version) : null;

    /// <summary>As <see cref="Mismatch"/> where something is there to be exchanged; where nothing is, the refusal of an <c>If-Match</c> that names a version.</summary>
    public static ProblemHttpResult? MismatchIfThere(this HttpContext context, long? version) =>
        version is { } there ? context.Mismatch(there)
        : context.Request.Headers.IfMatch.ToString() is "" or "*" ? null : Problem.VersionMismatch();

    /// <summary>The refusal when the request's <c>If-Match</c> is absent or names another version; null when it fits.</summary>
    public static ProblemHttpResult? Mismatch(this HttpContext context, long version) =>
        context.Request.Headers.IfMatch.ToString() switch
        {
            "" => Problem.IfMatchRequired(),
            "*" => null,
            // A proxy that compresses an answer may have weakened its tag.
            var tag => tag == $"\"{version}\"" || tag == $"W/\"{version}\"" ? null : Problem.VersionMismatch(),
        };
}
