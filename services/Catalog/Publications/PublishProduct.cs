using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>A product to be put on offer.</summary>
/// <param name="Visibility">As the catalog's settings say if it is left out. <c>public</c> for everybody, <c>signed_in</c> for organizations that signed up to the catalog, <c>none</c> for nobody yet.</param>
public sealed record PublishProductRequest(
    [Required, PlainText(64)] string ProductId,
    [AllowedValues(null, "public", "signed_in", "none")] string? Visibility = null);

/// <summary>Puts a released product on offer in a catalog of the same organization. Paid plans need the catalog's sales gates open.</summary>
public static class PublishProduct
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<Created<PublicationResponse>, ProblemHttpResult>> Handle(
        string id, PublishProductRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var seen = await Catalogs.Catalog.Find(database, id, cancellation);
        if (Access.Cannot(caller, seen?.OrganizationId, "catalog", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        await UntilReady(database, seen!, request.ProductId, cancellation);

        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, request.ProductId, cancellation);
        if (product is null || product.OrganizationId != seen!.OrganizationId)
        {
            return Problems.ProductUnknown(request.ProductId);
        }

        if (product.Release is null)
        {
            return Problems.ProductNotReleased(product.Id);
        }

        if (await Catalogs.Catalog.Hold(transaction, id, cancellation) is not { } catalog)
        {
            return Problem.NotFound("catalog", id);
        }

        var plans = await Plan.Of(transaction, product.Id, cancellation);
        if (SalesGates.Refusal([catalog], plans.Any(p => p.IsPaid && p.Status is PlanStatus.Active or PlanStatus.Deprecated)) is { } closed)
        {
            return closed;
        }

        var now = clock.GetUtcNow();
        var visibility = request.Visibility ?? catalog.DefaultVisibility;
        var publicationId = await transaction.QueryOne<string?>(
            """
            insert into publications as u (id, catalog_id, product_id, visibility, published, version, published_at)
            values (@publicationId, @id, @ProductId, @Visibility, true, 0, @now)
            on conflict (catalog_id, product_id) do update set visibility = excluded.visibility, published = true, published_at = excluded.published_at
            where not u.published
            returning id
            """, new { publicationId = Ids.New("pub", clock), id, request.ProductId, Visibility = visibility, now }, cancellation);
        if (publicationId is null)
        {
            return Problems.AlreadyPublished(await transaction.QueryOne<string>(
                "select id from publications where catalog_id = @id and product_id = @ProductId", new { id, request.ProductId }, cancellation) ?? "");
        }

        await Offer.AnnounceProduct(transaction, product, [catalog], cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created(
            $"/v1/catalogs/{id}/publications/{publicationId}",
            new PublicationResponse(publicationId, id, product.Id, product.Name, product.Title, product.Release, visibility, now));
    }

    // The integration's webhook secret was entered a moment ago: the fact may still be on its way.
    private static async Task UntilReady(Database database, Catalogs.Catalog catalog, string productId, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        var paid = await database.QueryOne<bool>("select exists (select from plans where product_id = @productId and price_model <> 'free')", new { productId }, cancellation);
        while (paid && catalog is { Ready: false, Deleted: false } && waited.Elapsed < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellation);
            catalog = await Catalogs.Catalog.Find(database, catalog.Id, cancellation) ?? catalog with { Deleted = true };
        }
    }
}

/// <summary>A product on offer in a catalog.</summary>
/// <param name="Release">The release that is shown: the product's newest.</param>
public sealed record PublicationResponse(
    string Id, string CatalogId, string ProductId, string ProductName, string ProductTitle, string Release, string Visibility, DateTimeOffset PublishedAt);
