using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Billing;

/// <summary>Takes the billing integration off a catalog that sells nothing for money.</summary>
public static class DetachBillingIntegration
{
    /// <summary>Owners and administrators of the provider; done twice it is done once.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalogs.Catalog.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, catalog?.OrganizationId, "catalog", id, Roles.ProviderSettings) is { } refusal)
        {
            return refusal;
        }

        if (context.MismatchIfSent(catalog!.Version) is { } mismatch)
        {
            return mismatch;
        }

        if (catalog!.BillingIntegrationId is null)
        {
            return TypedResults.NoContent();
        }

        if (await Catalogs.Catalog.PaidPublications(transaction, id, cancellation) is { Count: > 0 } sold)
        {
            return Problems.PaidPlansPublished(sold);
        }

        var detached = catalog with { BillingIntegrationId = null, Livemode = null, Deleted = null, Version = catalog.Version + 1 };
        await transaction.Execute("update catalogs set billing_integration_id = null, version = @Version where id = @Id", detached, cancellation);
        await detached.Announce(transaction, cancellation);
        await transaction.Record(
            caller, "catalog.billing_integration_detached", catalog.OrganizationId, id, new { catalog.BillingIntegrationId }, null, cancellation);
        await Offer.AnnounceCatalog(transaction, detached, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
