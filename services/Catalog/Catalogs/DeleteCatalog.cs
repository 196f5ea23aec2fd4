using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Catalogs;

/// <summary>Closes a catalog in which nothing is published and to which no organization signed up. Its row stays, so that what was sold in it
/// long ago still has a place; nobody sees or enters it any more.</summary>
public static class DeleteCatalog
{
    /// <summary>Owners and administrators of the provider; <c>If-Match</c> honoured where it is sent.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalog.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, catalog?.OrganizationId, "catalog", id, Roles.ProviderSettings) is { } refusal)
        {
            return refusal;
        }

        if (context.MismatchIfSent(catalog!.Version) is { } mismatch)
        {
            return mismatch;
        }

        // Publishing holds the catalog's row too. An organization that signs up in this very moment is in a catalog that sells nothing.
        var (products, organizations) = await transaction.QueryOne<(long, long)>(
            """
            select (select count(*) from publications where catalog_id = @id and published), (select count(*) from consumer_organizations where catalog_id = @id and deleted_at is null)
            """, new { id }, cancellation);
        if (products + organizations > 0)
        {
            return Problems.CatalogNotEmpty(products, organizations);
        }

        var closed = catalog! with { ConsumerOrganizations = false, Version = catalog.Version + 1 };
        await transaction.Execute(
            "update catalogs set deleted_at = @now, consumer_organizations = false, billing_integration_id = null, version = @Version where id = @Id",
            new { closed.Id, closed.Version, now = clock.GetUtcNow() }, cancellation);
        await closed.Announce(transaction, cancellation);
        await transaction.Record(caller, "catalog.deleted", closed.OrganizationId, id, catalog.Recorded, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
