using System.Text.Json;
using Marketplace.Catalog.Releases;
using Marketplace.Catalog.Storefront;
using Marketplace.Catalog.Terms;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog.Publications;

/// <summary>Announces what is on offer: the whole snapshot of a product in a catalog, under a version that only grows. Whoever calls holds
/// the catalog's row, so that two announcements about the same pair never overtake each other.</summary>
public static class Offer
{
    private const long RoutesLock = 7_310_842_561;

    /// <summary>Announces a product in every catalog that offers it.</summary>
    /// <param name="catalogs">Those catalogs, held.</param>
    public static async Task AnnounceProduct(Transaction transaction, Product product, IReadOnlyList<Catalogs.Catalog> catalogs, CancellationToken cancellation)
    {
        if (catalogs.Count == 0)
        {
            return;
        }

        var release = (await ReleaseProduct.Newest(transaction, product.Id, cancellation))!;
        var plans = (await Plan.Of(transaction, product.Id, cancellation)).Where(p => p.Status != PlanStatus.Draft).ToList();
        var offered = await transaction.Query<Offered>(
            """
            update publications u set version = version + 1 where product_id = @Id and published and catalog_id = any(@Catalogs)
            returning id, catalog_id, version, visibility, visible_to
            """,
            new { product.Id, Catalogs = catalogs.Select(c => c.Id).ToArray() }, cancellation);
        var readers = await transaction.Query<Restricted>(
            "select publication_id, plan_id, visibility, visible_to from publication_plans where publication_id = any(@Ids) order by plan_id",
            new { Ids = offered.Select(p => p.Id).ToArray() }, cancellation);
        // A catalog may have withdrawn the product while this write waited for it.
        foreach (var publication in offered)
        {
            var catalog = catalogs.Single(c => c.Id == publication.CatalogId);
            await transaction.Announce(
                new ProductPublished(
                    publication.Id, catalog.Id, catalog.Environment, product.OrganizationId, product.Id, product.Name, release.Title, release.Number,
                    plans.Exists(p => p.IsPaid) ? catalog.BillableBy : null, release.ApiList, [.. plans.Select(p => Snapshot(p, catalog))], publication.Version,
                    publication.Visibility, publication.VisibleTo,
                    await TermsDocument.InForce(transaction, catalog.Id, product.Id, cancellation), Restricted.Of(readers, publication.Id), catalog.PaymentMethodRequired),
                cancellation);
        }

        await Listing.Index(transaction, release, cancellation);
        await Route(transaction, product, release, cancellation);
    }

    /// <summary>Announces everything that a catalog offers.</summary>
    /// <param name="catalog">The catalog, locked.</param>
    public static async Task AnnounceCatalog(Transaction transaction, Catalogs.Catalog catalog, CancellationToken cancellation)
    {
        var products = await transaction.Query<Product>(
            "select p.* from products p join publications u on u.product_id = p.id where u.catalog_id = @Id and u.published order by p.id", catalog, cancellation);
        foreach (var product in products)
        {
            await AnnounceProduct(transaction, product, [catalog], cancellation);
        }
    }

    // A catalog can want the provider's decision on every subscriber, whatever the plan says.
    private static PlanSnapshot Snapshot(Plan plan, Catalogs.Catalog catalog) =>
        catalog.SubscriptionApproval == "manual" ? plan.Snapshot() with { Approval = "manual" } : plan.Snapshot();

    private sealed record Offered
    {
        public required string Id { get; init; }

        public required string CatalogId { get; init; }

        public required long Version { get; init; }

        public required string Visibility { get; init; }

        public string[]? VisibleTo { get; init; }
    }

    private sealed record Restricted
    {
        public required string PublicationId { get; init; }

        public required string PlanId { get; init; }

        public required string Visibility { get; init; }

        public string[]? VisibleTo { get; init; }

        public static IReadOnlyList<PlanReaders>? Of(IEnumerable<Restricted> rows, string publicationId) =>
            rows.Where(r => r.PublicationId == publicationId).Select(r => new PlanReaders(r.PlanId, r.Visibility, r.VisibleTo)).ToList() is { Count: > 0 } readers ? readers : null;
    }

    // What changed gets a new position. The lock is held until commit: positions become visible in the order in which they were drawn.
    private static async Task Route(Transaction transaction, Product product, Release release, CancellationToken cancellation)
    {
        await transaction.Execute("select pg_advisory_xact_lock(@RoutesLock)", new { RoutesLock }, cancellation);
        foreach (var api in release.ApiList)
        {
            await transaction.Execute(
                """
                insert into routes as r (product_id, api_id, product_name, api_name, upstream_url, resources, position)
                values (@ProductId, @ApiId, @ProductName, @ApiName, @UpstreamUrl, @Resources::jsonb, nextval('route_positions'))
                on conflict (product_id, api_id) do update set
                    api_name = excluded.api_name, upstream_url = excluded.upstream_url, resources = excluded.resources, position = excluded.position
                where (r.api_name, r.upstream_url, r.resources) is distinct from (excluded.api_name, excluded.upstream_url, excluded.resources)
                """,
                new
                {
                    ProductId = product.Id,
                    api.ApiId,
                    ProductName = product.Name,
                    ApiName = api.Name,
                    api.UpstreamUrl,
                    Resources = JsonSerializer.Serialize(api.Resources, JsonSerializerOptions.Web),
                }, cancellation);
        }
    }
}
