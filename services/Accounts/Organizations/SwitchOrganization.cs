using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>Disables an organization, whose members then hold no roles, and enables it again.</summary>
public static class SwitchOrganization
{
    /// <summary>200; 404 when there is none. Operators may.</summary>
    public static Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Enable(string id, HttpContext context, Database database, CancellationToken cancellation) =>
        Switch(id, true, context, database, cancellation);

    /// <summary>200; 404 when there is none. Operators may.</summary>
    public static Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Disable(string id, HttpContext context, Database database, CancellationToken cancellation) =>
        Switch(id, false, context, database, cancellation);

    private static async Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Switch(
        string id, bool enabled, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } organization)
        {
            return Problem.NotFound("organization", id);
        }

        if (organization.Enabled != enabled)
        {
            organization = organization with { Enabled = enabled, Version = organization.Version + 1 };
            await transaction.Execute("update organizations set enabled = @Enabled, version = @Version where id = @Id", organization, cancellation);
            await transaction.Announce(organization.Announcement(), cancellation);
        }

        await transaction.Commit(cancellation);
        context.SetVersion(organization.Version);
        return TypedResults.Ok(OrganizationResponse.Of(organization));
    }
}
