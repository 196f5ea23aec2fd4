using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>Who may do what in an organization.</summary>
public static class Access
{
    /// <summary>Null for its administrators; 404 for strangers, 403 <c>role_missing</c> for other members and for operators, who only switch it.</summary>
    public static ProblemHttpResult? Refusal(Caller caller, string organizationId) => caller.In(organizationId) switch
    {
        { } membership when membership.Roles.Any(Organization.AdministratorsOf(membership.Kind).Contains) => null,
        { } membership => Problem.RoleMissing(organizationId, Organization.AdministratorsOf(membership.Kind)),
        null when caller.IsOperator => Problem.RoleMissing(organizationId, Roles.Owner, Roles.Admin),
        null => Problem.NotFound("organization", organizationId),
    };

    /// <summary>Who may let a consumer in, disable and enable it: <c>operator</c>, or <c>provider</c> for the administrators of the provider in whose catalog
    /// it is; else the refusal, 404 for strangers and 403 <c>role_missing</c> for others who see it.</summary>
    public static async Task<(string? As, ProblemHttpResult? Refusal)> Governs(Database database, Caller caller, string organizationId, CancellationToken cancellation)
    {
        if (caller.IsOperator)
        {
            return ("operator", null);
        }

        var provider = await Organization.ProviderOf(database, organizationId, cancellation);
        return provider is not null && caller.Has(provider, Roles.ProviderSettings) ? ("provider", null)
            : provider is not null && caller.Sees(provider) ? (null, Problem.RoleMissing(provider, Roles.ProviderSettings))
            : caller.In(organizationId) is not null ? (null, Problem.RoleMissing(provider ?? organizationId, provider is null ? ["operator"] : Roles.ProviderSettings))
            : (null, Problem.NotFound("organization", organizationId));
    }
}
