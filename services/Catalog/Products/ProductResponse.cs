using Marketplace.Catalog.Plans;
using Marketplace.Catalog.Releases;

namespace Marketplace.Catalog.Products;

/// <summary>A product as its provider sees it.</summary>
/// <param name="Name">Its name in runtime addresses: <c>/apis/{name}/{api}</c>.</param>
/// <param name="Status"><c>draft</c> until its first release, then <c>active</c>.</param>
/// <param name="Release">Its newest release, such as <c>1.0.0</c>.</param>
/// <param name="Releases">Newest first.</param>
/// <param name="Plans">Oldest first.</param>
public sealed record ProductResponse(
    string Id, string OrganizationId, string Name, string Title, string? Description, string Status, string? Release,
    IReadOnlyList<string> ApiIds, IReadOnlyList<ReleaseResponse> Releases, IReadOnlyList<PlanResponse> Plans, DateTimeOffset CreatedAt,
    string? ImageUrl)
{
    /// <summary>The product with what belongs to it.</summary>
    public static ProductResponse Of(Product product, IEnumerable<string> apiIds, IEnumerable<Release> releases, IEnumerable<Plan> plans) => new(
        product.Id, product.OrganizationId, product.Name, product.Title, product.Description, product.Status, product.Release,
        [.. apiIds.Distinct()], [.. releases.Select(ReleaseResponse.Of)], [.. plans.Select(PlanResponse.Of)], product.CreatedAt,
        product.ImageUrl);
}

/// <summary>A product in a list.</summary>
public sealed record ProductSummary(
    string Id, string OrganizationId, string Name, string Title, string? Description, string Status, string? Release, DateTimeOffset CreatedAt, string? ImageUrl)
{
    /// <summary>The product without what belongs to it.</summary>
    public static ProductSummary Of(Product product) => new(
        product.Id, product.OrganizationId, product.Name, product.Title, product.Description, product.Status, product.Release, product.CreatedAt, product.ImageUrl);
}
