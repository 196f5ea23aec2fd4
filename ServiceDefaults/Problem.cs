using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.ServiceDefaults;

/// <summary>Builds RFC 9457 refusals. <c>code</c> is part of the public contract; <c>detail</c> is not.</summary>
public static class Problem
{
    /// <summary>A refusal with its stable <paramref name="code"/>, what to do in <paramref name="detail"/>, and the request field it is about, if one.</summary>
    public static ProblemHttpResult Of(int status, string code, string detail, string? field = null)
    {
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = code };
        if (field is not null)
        {
            extensions["errors"] = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [detail] };
        }

        return TypedResults.Problem(detail, statusCode: status, extensions: extensions);
    }

    /// <summary>404 <c>not_found</c>: no such object, or one that the caller may not see; the two look alike on purpose.</summary>
    public static ProblemHttpResult NotFound(string what, string id) =>
        Of(StatusCodes.Status404NotFound, "not_found", $"No {what} '{id}' that you may see.");

    /// <summary>403 <c>role_missing</c>: the caller is known but has none of the roles that may do this.</summary>
    public static ProblemHttpResult RoleMissing(string organizationId, params string[] roles) =>
        Of(StatusCodes.Status403Forbidden, "role_missing",
            $"This needs one of the roles {string.Join(", ", roles)} in organization '{organizationId}'. Ask one of its administrators.");

    /// <summary>403 <c>scope_missing</c>: the personal API token was narrowed to other things.</summary>
    public static ProblemHttpResult ScopeMissing(string? scope) =>
        Of(StatusCodes.Status403Forbidden, "scope_missing", scope is null
            ? "A token that was narrowed to scopes may not do this. Use a session or a token without scopes."
            : $"The token was narrowed to scopes; this needs '{scope}'. Make a token that has it.");

    /// <summary>400 <c>validation_failed</c> on one field.</summary>
    public static ProblemHttpResult Invalid(string field, string detail) =>
        Of(StatusCodes.Status400BadRequest, "validation_failed", detail, field);

    /// <summary>412 <c>version_mismatch</c>: the object changed since the caller read it.</summary>
    public static ProblemHttpResult VersionMismatch() =>
        Of(StatusCodes.Status412PreconditionFailed, "version_mismatch", "The object changed since you read it. Read it again and repeat the change with its ETag.");

    /// <summary>428 <c>if_match_required</c>: an update must name the version it was made from.</summary>
    public static ProblemHttpResult IfMatchRequired() =>
        Of(StatusCodes.Status428PreconditionRequired, "if_match_required", "Send If-Match with the ETag of the version you read.");
}
