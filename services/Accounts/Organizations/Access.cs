using Marketplace.ServiceDefaults;
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
}
