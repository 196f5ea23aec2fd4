using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>Takes a product off a catalog: no new subscriptions; the ones there are go on, and so do their routes.</summary>
public static class WithdrawProduct
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, string publicationId, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalogs.Catalog.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, catalog?.OrganizationId, "catalog", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (!await Write(transaction, catalog!, publicationId, caller, cancellation))
        {
            return Problem.NotFound("publication", publicationId);
        }

        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    /// <summary>Takes a publication off a held catalog and tells so; false when it is not on offer there.</summary>
    /// <param name="caller">Who does; null where the provider is gone.</param>
    internal static async Task<bool> Write(Transaction transaction, Catalogs.Catalog catalog, string publicationId, Caller? caller, CancellationToken cancellation)
    {
        var withdrawn = await transaction.QueryOne<Withdrawn>(
            """
            update publications set published = false, version = version + 1 where id = @publicationId and catalog_id = @Id and published
            returning product_id, version
            """, new { catalog.Id, publicationId }, cancellation);
        if (withdrawn is null)
        {
            return false;
        }

        await transaction.Announce(new ProductWithdrawn(publicationId, catalog.Id, withdrawn.ProductId, withdrawn.Version), cancellation);
        await transaction.Record(caller, "publication.withdrawn", catalog.OrganizationId, publicationId, new { CatalogId = catalog.Id, withdrawn.ProductId }, null, cancellation);
        return true;
    }

    private sealed record Withdrawn(string ProductId, long Version);
}
