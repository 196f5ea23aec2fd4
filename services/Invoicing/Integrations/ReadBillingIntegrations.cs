using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary><c>GET /v1/billing-integrations</c> and <c>…/{id}</c>: owners and administrators of the provider organization, and platform operators.</summary>
public static class ReadBillingIntegrations
{
    /// <summary>The caller's integrations, newest first; by name, as commands use it.</summary>
    public static async Task<Page<BillingIntegrationResponse>> List(
        [FromQuery, PlainText] string? organizationId, [FromQuery, PlainText] string? name, [AsParameters] PageQuery page, Caller caller, BillingIntegrationView view, Database database, CancellationToken cancellation)
    {
        var rows = Page<BillingIntegration>.Of(
            await database.Query<BillingIntegration>(
                $"""
                select {BillingIntegration.Columns} from billing_integrations
                where deleted_at is null and id < @After and (@IsOperator or organization_id = any(@organizations)) and (@organizationId::text is null or organization_id = @organizationId)
                  and (@name::text is null or name = @name)
                order by id desc limit @Take
                """,
                new { page.After, page.Take, caller.IsOperator, organizations = caller.OrganizationsWith(Roles.ProviderSettings), organizationId, name }, cancellation),
            page, row => row.Id);
        return new(await view.Show(rows.Data, cancellation), rows.NextCursor);
    }

    /// <summary>One integration, with its ETag.</summary>
    public static async Task<Results<Ok<BillingIntegrationResponse>, ProblemHttpResult>> Get(
        string id, Caller caller, BillingIntegrationView view, Database database, HttpContext http, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, id, cancellation);
        if (BillingIntegration.Refuse(caller, integration, id) is { } refusal)
        {
            return refusal;
        }

        http.SetVersion(integration!.Version);
        return TypedResults.Ok(await view.Show(integration, cancellation));
    }
}
