using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>A consumer organization as a customer of one Stripe account, as a request names the two.</summary>
/// <param name="CustomerId">Our customer (<c>cst_…</c>); it need not be at Stripe yet.</param>
/// <param name="PaymentMethods">Whether the catalog keeps payment methods.</param>
public sealed record Payer(BillingIntegration Integration, string OrganizationId, string CustomerId, bool PaymentMethods)
{
    /// <summary>Finds the payer, or the refusal. An organization pays through the integration of its own catalog, or one that it is a customer of already;
    /// any other integration does not exist for it.</summary>
    public static async Task<(Payer? Payer, ProblemHttpResult? Refusal)> Find(
        string organizationId, string? billingIntegrationId, string? catalogId, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Refuse(caller, organizationId, catalogId) is { } refusal)
        {
            return (null, refusal);
        }

        var own = caller.In(organizationId)!.Catalog;
        var catalog = await FreshFacts.Await(
            () => database.QueryOne<CatalogRow>("select integration_id, payment_methods from catalogs where id = @own", new { own }, cancellation), row => row?.IntegrationId is not null, cancellation);
        var wanted = billingIntegrationId ?? catalog?.IntegrationId;
        var reachable = wanted is not null && (wanted == catalog?.IntegrationId
            || await database.QueryOne<bool>("select exists (select from customers where organization_id = @organizationId and integration_id = @wanted)", new { organizationId, wanted }, cancellation));
        var integration = reachable ? await BillingIntegration.Find(database, wanted!, cancellation) : null;
        if (integration is null)
        {
            return (null, billingIntegrationId is null ? Problems.NoBillingIntegrations() : Problems.NoIntegration(billingIntegrationId));
        }

        if (integration.IsCustom)
        {
            return (null, Problems.NotBilledByStripe());
        }

        var organization = await FreshFacts.Await(
            () => database.QueryOne<OrganizationRow>("select title, email from organizations where id = @organizationId", new { organizationId }, cancellation), row => row is not null, cancellation);
        if (organization is null)
        {
            return (null, Problems.OrganizationUnknownYet());
        }

        var customer = await database.QueryOne<string>(
            """
            insert into customers (id, integration_id, organization_id, name, email, created_at, methods_version) values (@Id, @Integration, @organizationId, @Title, @Email, @Now,
                (select coalesce(max(methods_version), 0) from customers where integration_id = @Integration and organization_id = @organizationId))
            on conflict (integration_id, organization_id) where deleted_at is null do update set name = customers.name returning id
            """,
            new { Id = Ids.New("cst", clock), Integration = integration.Id, organizationId, organization.Title, organization.Email, Now = clock.GetUtcNow() }, cancellation);
        return (new(integration, organizationId, customer!, catalog?.PaymentMethods ?? true), null);
    }

    private static ProblemHttpResult? Refuse(Caller caller, string organizationId, string? catalogId) => caller.In(organizationId) switch
    {
        null => Problem.NotFound("organization", organizationId),
        { Kind: not "consumer" } => Problems.ConsumersOnly(),
        _ when !caller.Has(organizationId, Roles.ConsumerPayments) => Problem.RoleMissing(organizationId, Roles.ConsumerPayments),
        var membership when catalogId is not null && catalogId != membership.Catalog => Problems.OtherCatalog(),
        _ => null,
    };

    private sealed record CatalogRow(string? IntegrationId, bool PaymentMethods);

    private sealed record OrganizationRow(string Title, string Email);
}
