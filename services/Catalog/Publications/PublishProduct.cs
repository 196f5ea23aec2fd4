using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>A product to be put on offer.</summary>
/// <param name="Visibility">As the catalog's settings say if it is left out. <c>public</c> for everybody, <c>signed_in</c> for organizations that signed up to the catalog, <c>organizations</c>
/// for those of <paramref name="OrganizationIds"/>, <c>none</c> for nobody yet.</param>
/// <param name="OrganizationIds">With visibility <c>organizations</c>: the consumer organizations that see it.</param>
public sealed record PublishProductRequest(
    [Required, PlainText(64)] string ProductId,
    [AllowedValues(null, "public", "signed_in", "organizations", "none")] string? Visibility = null,
    [Listed(500)] IReadOnlyList<string>? OrganizationIds = null);

/// <summary>Puts a released product on offer in a catalog of the same organization. Paid plans need the catalog's sales gates open.</summary>
public static class PublishProduct
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<Created<PublicationResponse>, ProblemHttpResult>> Handle(
        string id, PublishProductRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var seen = await Catalogs.Catalog.Find(database, id, cancellation);
        if ((Access.Cannot(caller, seen?.OrganizationId, "catalog", id, Roles.ProviderProducts)
            ?? Visibility.Contradiction(request.Visibility, request.OrganizationIds, "organizationIds")
            ?? await Visibility.Unknown(database, id, request.OrganizationIds ?? [], cancellation)) is { } refusal)
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
        if (SalesGates.Refusal([catalog], plans.Where(p => p.Status is PlanStatus.Active or PlanStatus.Deprecated)) is { } closed)
        {
            return closed;
        }

        var now = clock.GetUtcNow();
        var visibility = request.Visibility ?? catalog.DefaultVisibility;
        var publicationId = await transaction.QueryOne<string?>(
            """
            insert into publications as u (id, catalog_id, product_id, visibility, visible_to, published, version, published_at)
            values (@publicationId, @id, @ProductId, @visibility, @chosen, true, 0, @now)
            on conflict (catalog_id, product_id) do update set
                visibility = excluded.visibility, visible_to = excluded.visible_to, published = true, published_at = excluded.published_at
            where not u.published
            returning id
            """, new { publicationId = Ids.New("pub", clock), id, request.ProductId, visibility, chosen = Visibility.Chosen(visibility, request.OrganizationIds), now }, cancellation);
        if (publicationId is null)
        {
            return Problems.AlreadyPublished(await transaction.QueryOne<string>(
                "select id from publications where catalog_id = @id and product_id = @ProductId", new { id, request.ProductId }, cancellation) ?? "");
        }

        await Offer.AnnounceProduct(transaction, product, [catalog], cancellation);
        var published = (await Publication.Read(transaction, id, publicationId, cancellation))!;
        await transaction.Record(caller, "publication.published", catalog.OrganizationId, publicationId, null, published.Recorded, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(published.Version);
        return TypedResults.Created($"/v1/catalogs/{id}/publications/{publicationId}", published.Show());
    }

    // The integration's webhook secret was entered a moment ago: the fact may still be on its way.
    private static async Task UntilReady(Database database, Catalogs.Catalog catalog, string productId, CancellationToken cancellation)
    {
        var paid = await database.QueryOne<bool>("select exists (select from plans where product_id = @productId and price_model not in ('free', 'custom'))", new { productId }, cancellation);
        if (paid && catalog is { Ready: false, Deleted: false })
        {
            await FreshFacts.Await(() => Catalogs.Catalog.Find(database, catalog.Id, cancellation), seen => seen is null or { Ready: true } or { Deleted: true }, cancellation);
        }
    }
}
