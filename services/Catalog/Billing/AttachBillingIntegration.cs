using System.ComponentModel.DataAnnotations;
using Marketplace.Catalog.Catalogs;
using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Billing;

/// <summary>Which billing integration bills a catalog's paid plans.</summary>
public sealed record AttachBillingIntegrationRequest([Required, PlainText(64)] string BillingIntegrationId);

/// <summary>Attaches a billing integration of the catalog's organization, in the mode that fits the catalog's environment.
/// It is not exchanged while paid plans are published: their customers and invoices live in the first one's Stripe account.</summary>
public static class AttachBillingIntegration
{
    /// <summary>Owners and administrators of the provider; <c>If-Match</c> with the catalog's version required.</summary>
    public static async Task<Results<Ok<CatalogResponse>, ProblemHttpResult>> Handle(
        string id, AttachBillingIntegrationRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var seen = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.Cannot(caller, seen?.OrganizationId, "catalog", id, Roles.ProviderSettings) is { } refusal)
        {
            return refusal;
        }

        // Invoicing announced it a moment ago: the fact may still be on its way.
        await FreshFacts.Await(
            () => database.QueryOne<bool>("select exists (select from billing_integrations where id = @BillingIntegrationId)", request, cancellation), known => known, cancellation);

        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalogs.Catalog.Lock(transaction, id, cancellation);
        if (catalog is null)
        {
            return Problem.NotFound("catalog", id);
        }

        if (context.Mismatch(catalog.Version) is { } mismatch)
        {
            return mismatch;
        }

        var livemode = await transaction.QueryOne<bool?>(
            "select livemode from billing_integrations where id = @BillingIntegrationId and organization_id = @OrganizationId and not deleted for share",
            new { request.BillingIntegrationId, catalog.OrganizationId }, cancellation);
        if (livemode is null)
        {
            return Problems.BillingIntegrationUnknown(request.BillingIntegrationId);
        }

        if (livemode != catalog.IsLive)
        {
            return Problems.LivemodeMismatch(catalog.Environment, livemode.Value);
        }

        var model = await transaction.QueryOne<string>("select billing_model from billing_integrations where id = @BillingIntegrationId", request, cancellation);
        if (model == Catalogs.Catalog.Custom && catalog.PaymentMethodRequired)
        {
            return Problems.PaymentMethodsElsewhere();
        }

        if (catalog.BillingIntegrationId != request.BillingIntegrationId)
        {
            if (catalog.BillingIntegrationId is not null && await Catalogs.Catalog.PaidPublications(transaction, id, cancellation) is { Count: > 0 } sold)
            {
                return Problems.PaidPlansPublished(sold);
            }

            if (await Unbillable(transaction, catalog, model, cancellation) is { } unbillable)
            {
                return unbillable;
            }

            await transaction.Execute(
                "update catalogs set billing_integration_id = @BillingIntegrationId, version = version + 1 where id = @id",
                new { id, request.BillingIntegrationId }, cancellation);
            await transaction.Record(
                caller, "catalog.billing_integration_attached", catalog.OrganizationId, id,
                new { catalog.BillingIntegrationId }, new { request.BillingIntegrationId }, cancellation);
            catalog = (await Catalogs.Catalog.Lock(transaction, id, cancellation))!;
            await catalog.Announce(transaction, cancellation);
            await Offer.AnnounceCatalog(transaction, catalog, cancellation);
            await transaction.Commit(cancellation);
        }

        context.SetVersion(catalog.Version);
        return TypedResults.Ok(catalog.Show());
    }

    // Plans may be on sale already where the integration before was deleted.
    private static async Task<ProblemHttpResult?> Unbillable(Transaction transaction, Catalogs.Catalog catalog, string? model, CancellationToken cancellation)
    {
        var products = await transaction.Query<string>("select product_id from publications where catalog_id = @Id and published", catalog, cancellation);
        var plans = await transaction.Query<Plan>($"{Plan.Select} and p.status in ('Active', 'Deprecated') order by p.id", new { Products = products.ToArray() }, cancellation);
        return plans.Select(plan => SalesGates.Obstacle(model, plan) is { } obstacle ? Problems.PlanNotBillable(plan.Title, obstacle) : null).FirstOrDefault(refusal => refusal is not null);
    }
}
