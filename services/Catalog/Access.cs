using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>Who may do what to a provider's objects: strangers see nothing, members need a role, consumers have no part in it.</summary>
public static class Access
{
    private const string Provider = "provider";

    /// <summary>Who may read a provider's objects.</summary>
    public static readonly string[] Readers = [Roles.Owner, Roles.Admin, Roles.ProductManager, Roles.Viewer];

    /// <summary>The provider organizations whose objects the caller may list; only <paramref name="organizationId"/> if it is given.</summary>
    public static string[] Readable(Caller caller, string? organizationId) => organizationId is not null && caller.IsOperator
        ? [organizationId]
        : [.. caller.Memberships
            .Where(m => m.Kind == Provider && m.Roles.Any(Readers.Contains) && (organizationId is null || m.Organization == organizationId))
            .Select(m => m.Organization)];

    /// <summary>Why the caller may not read an object of the organization, or null. Operators may read everything.</summary>
    public static ProblemHttpResult? CannotRead(Caller caller, string? organizationId, string what, string id) =>
        organizationId is not null && caller.IsOperator ? null : Cannot(caller, organizationId, what, id, Readers);

    /// <summary>Why the caller may not change an object of the organization, or null. An absent object and one of a stranger look alike.</summary>
    public static ProblemHttpResult? Cannot(Caller caller, string? organizationId, string what, string id, string[] roles) =>
        (organizationId is null ? null : caller.In(organizationId)) switch
        {
            null => Problem.NotFound(what, id),
            { Kind: not Provider } => Problems.ProviderRequired(organizationId!),
            var member => member.Roles.Any(roles.Contains) ? null : Problem.RoleMissing(organizationId!, roles),
        };
}
