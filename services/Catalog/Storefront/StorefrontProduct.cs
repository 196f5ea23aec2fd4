using System.Text.Json;
using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog.Storefront;

/// <summary>The catalog as consumers see it.</summary>
/// <param name="SelfSignup">Whether an organization can be created in it without an invitation.</param>
public sealed record StorefrontCatalog(string Id, string Title, string? Description, string Environment, bool SelfSignup)
{
    /// <summary>What consumers see of a stored catalog.</summary>
    public static StorefrontCatalog Of(Catalogs.Catalog catalog) =>
        new(catalog.Id, catalog.Title, catalog.Description, catalog.Environment, catalog.SelfSignup && catalog.ConsumerOrganizations);
}

/// <summary>A product on offer.</summary>
public sealed record StorefrontProduct(
    string ProductId, string Name, string Title, string? Description, string Release, string Visibility, string? Category, IReadOnlyList<string> Tags,
    DateTimeOffset PublishedAt, IReadOnlyList<StorefrontApi> Apis, IReadOnlyList<StorefrontPlan> Plans, string? ImageUrl);

/// <summary>An API of a product on offer.</summary>
/// <param name="Path">Where it is called, below the gateway's address.</param>
public sealed record StorefrontApi(string ApiId, string Name, string Title, string Path, IReadOnlyList<PublishedResource> Resources);

/// <summary>A plan that can be subscribed to.</summary>
/// <param name="Asks">Whether a subscriber must answer questions; the product's page shows them.</param>
/// <param name="Questions">A JSON schema of what must be answered, on the product's page only.</param>
public sealed record StorefrontPlan(
    string PlanId, string Name, string Title, string Currency, BillingPeriod BillingPeriod, PlanPrice Price, Money? SetupFee,
    int TrialDays, int? TermPeriods, string Approval, IReadOnlyList<QuotaSnapshot> Quotas, RateLimit? RateLimit, PlanDisplay Display,
    string? Description, bool Asks, JsonElement? Questions = null)
{
    /// <summary>The plan as consumers of a catalog see it.</summary>
    public static StorefrontPlan Of(Plan plan, Catalogs.Catalog catalog)
    {
        var shown = PlanResponse.Of(plan);
        return new(
            shown.Id, shown.Name, shown.Title, shown.Currency, shown.BillingPeriod, shown.Price, shown.SetupFee,
            shown.TrialDays, shown.TermPeriods, catalog.SubscriptionApproval == "manual" ? "manual" : shown.Approval, shown.Quotas, shown.RateLimit, shown.Display,
            shown.Description, plan.Questions is not null);
    }
}

/// <summary>One row of a storefront: a publication with the newest release and the listing of its product.</summary>
public sealed record StorefrontRow
{
    /// <summary>What a visitor sees of a catalog; narrow it with <c>and …</c>.</summary>
    public const string Select =
        $"""
        select u.id, u.visibility, u.published_at, p.id as product_id, p.name, r.title, r.description, r.image_url, p.release, r.apis::text as apis,
            l.category, l.tags, l.sort_title, case when @query::text is null then 0 else (ts_rank(l.search, folded(@query)::tsquery) * 1000000)::int end as rank
        from publications u
        join products p on p.id = u.product_id
        join listings l on l.product_id = p.id
        join lateral (select * from releases where product_id = p.id order by major desc, minor desc, patch desc limit 1) r on true
        where u.catalog_id = @id and u.published and may_see(u.visibility, u.visible_to, {Visitor.Sees})
        """;

    /// <summary>The publication.</summary>
    public required string Id { get; init; }

    /// <summary>Who may see it.</summary>
    public required string Visibility { get; init; }

    /// <summary>When it was put on offer.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The product.</summary>
    public required string ProductId { get; init; }

    /// <summary>Its name in runtime addresses.</summary>
    public required string Name { get; init; }

    /// <summary>Its title as released.</summary>
    public required string Title { get; init; }

    /// <summary>Its description as released.</summary>
    public string? Description { get; init; }

    /// <summary>Address of its picture as released.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>Its newest release.</summary>
    public required string Release { get; init; }

    /// <summary>Its APIs as released, as JSON.</summary>
    public required string Apis { get; init; }

    /// <summary>Its shelf.</summary>
    public string? Category { get; init; }

    /// <summary>Its tags.</summary>
    public required string[] Tags { get; init; }

    /// <summary>What it is sorted by.</summary>
    public required string SortTitle { get; init; }

    /// <summary>How well it fits what was searched for.</summary>
    public required int Rank { get; init; }

    /// <summary>The plans of these publications that a visitor sees, by product.</summary>
    public static async Task<ILookup<string, Plan>> Plans(Database database, IReadOnlyList<StorefrontRow> rows, Visitor visitor, CancellationToken cancellation)
    {
        var plans = await database.Query<Plan>(
            $"""
            {Plan.Select} and p.status = 'Active' and not exists (
                select from publication_plans v
                where v.publication_id = any(@Publications) and v.plan_id = p.id and not may_see(v.visibility, v.visible_to, {Visitor.Sees}))
            order by p.id
            """,
            new
            {
                Products = rows.Select(r => r.ProductId).ToArray(), Publications = rows.Select(r => r.Id).ToArray(),
                visitor.SignedIn, visitor.Provider, visitor.Organizations,
            }, cancellation);
        return plans.ToLookup(p => p.ProductId, StringComparer.Ordinal);
    }

    /// <summary>Whether a visitor sees a product in a catalog.</summary>
    public static Task<bool> IsSeen(Database database, string catalogId, string productId, Visitor visitor, CancellationToken cancellation) => database.QueryOne<bool>(
        $"""
        select exists (select from publications where catalog_id = @catalogId and product_id = @productId and published and may_see(visibility, visible_to, {Visitor.Sees}))
        """, new { catalogId, productId, visitor.SignedIn, visitor.Provider, visitor.Organizations }, cancellation);

    /// <summary>The product as consumers see it.</summary>
    public StorefrontProduct Show(Catalogs.Catalog catalog, IEnumerable<Plan> plans) => new(
        ProductId, Name, Title, Description, Release, Visibility, Category, Tags, PublishedAt,
        [.. JsonSerializer.Deserialize<List<PublishedApi>>(Apis, JsonSerializerOptions.Web)!
            .Select(api => new StorefrontApi(api.ApiId, api.Name, api.Title, $"/apis/{Name}/{api.Name}", api.Resources))],
        [.. plans.Select(plan => StorefrontPlan.Of(plan, catalog))], ImageUrl);
}
