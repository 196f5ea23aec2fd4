using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>A plan of a product on offer, as one organization of the catalog sees it.</summary>
internal sealed record Offer(ProductPublished Product, PlanSnapshot Plan)
{
    /// <summary>The plan, or null when there is none or the organization may not see it. The two look alike, also in the time that they take: a
    /// hidden plan is waited for as one that was never heard of.</summary>
    public static async Task<Offer?> Find(Database database, string catalogId, string planId, string organizationId, CancellationToken cancellation)
    {
        var product = await FreshFacts.Await(
            () => database.QueryOne<ProductPublished>(
                """
                select p.facts from published_plans n join published_products p using (catalog_id, product_id)
                where n.catalog_id = @catalogId and n.plan_id = @planId and p.facts is not null
                """, new { catalogId, planId }, cancellation),
            facts => facts is not null && Of(facts, planId, organizationId)?.Plan.Status == "active", cancellation);
        return product is null ? null : Of(product, planId, organizationId);
    }

    /// <summary>The product as it is on offer now, kept so until the write ends; null once it was withdrawn.</summary>
    public static Task<ProductPublished?> Hold(Transaction transaction, ProductPublished product, CancellationToken cancellation) =>
        transaction.QueryOne<ProductPublished>(
            "select facts from published_products where catalog_id = @CatalogId and product_id = @ProductId and not withdrawn for share", product, cancellation);

    /// <summary>One plan of a product, if the organization may see both.</summary>
    public static Offer? Of(ProductPublished product, string planId, string organizationId)
    {
        var plan = product.Plans.FirstOrDefault(p => p.PlanId == planId);
        var readers = product.PlanReaders?.FirstOrDefault(p => p.PlanId == planId);
        return plan is not null && MaySee(product.Visibility, product.VisibleTo, organizationId)
            && (readers is null || MaySee(readers.Visibility, readers.VisibleTo, organizationId)) ? new(product, plan) : null;
    }

    // Who subscribes belongs to an organization of the catalog: everybody here is signed in.
    private static bool MaySee(string visibility, IReadOnlyList<string>? chosen, string organizationId) => visibility switch
    {
        "public" or "signed_in" => true,
        "organizations" => chosen?.Contains(organizationId) == true,
        _ => false,
    };
}
