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

        // Publishing holds the catalog's row too.
        var (products, organizations) = await Catalog.Content(transaction, id, cancellation);
        if (products + organizations > 0)
        {
            return Problems.CatalogNotEmpty(products, organizations);
        }

        await catalog.Close(transaction, caller, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
