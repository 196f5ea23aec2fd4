using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>An organization as shown.</summary>
/// <param name="Kind"><c>provider</c> or <c>consumer</c>.</param>
/// <param name="CatalogId">The catalog that a consumer organization signed up to.</param>
/// <param name="Email">Where its bills go.</param>
/// <param name="Enabled">False while it is disabled or not approved: its members then hold no roles, or <c>billing</c> of what it owes.</param>
/// <param name="Approval"><c>approved</c>, <c>pending</c> or <c>rejected</c> by the provider of the catalog.</param>
/// <param name="DisabledBy"><c>operator</c> or <c>provider</c> while one has disabled it.</param>
public sealed record OrganizationResponse(
    string Id, string Kind, string Title, string? CatalogId, string Email, bool Enabled, DateTimeOffset CreatedAt, string Approval, string? DisabledBy)
{
    internal static OrganizationResponse Of(Organization organization) => new(
        organization.Id, organization.Kind, organization.Title, organization.CatalogId, organization.Email, organization.Enabled, organization.CreatedAt,
        organization.Approval, organization.DisabledBy);
}

/// <summary>Shows one organization.</summary>
public static class ReadOrganization
{
    /// <summary>200 with its ETag; 404 for strangers. Its members, also while it is disabled, those who hold a role in the provider it is a consumer of, and operators may.</summary>
    public static async Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Handle(
        string id, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        var seen = caller.IsOperator || caller.In(id) is not null || (await Organization.ProviderOf(database, id, cancellation) is { } provider && caller.Sees(provider));
        if (!seen || await database.QueryOne<Organization>($"select {Organization.Columns} from organizations where id = @id", new { id }, cancellation) is not { } found)
        {
            return Problem.NotFound("organization", id);
        }

        context.SetVersion(found.Version);
        return TypedResults.Ok(OrganizationResponse.Of(found));
    }
}
