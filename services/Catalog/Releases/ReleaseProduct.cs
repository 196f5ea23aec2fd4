using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Catalog.Apis;
using Marketplace.Catalog.Plans;
using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Releases;

/// <summary>A release to be made.</summary>
/// <param name="Type"><c>major</c>, <c>minor</c> or <c>patch</c>: the number of the semantic version that goes up.</param>
/// <param name="ActivatePlans">Whether the product's draft plans go on offer with it, as "save and activate" does.</param>
public sealed record ReleaseProductRequest(
    [Required, AllowedValues("major", "minor", "patch")] string Type,
    bool ActivatePlans = true);

/// <summary>Freezes a product as a release and activates its draft plans; a product without any plan gets a free one.
/// Catalogs that offer the product show the new release at once. A release that takes something away from who calls the product is a major one.</summary>
public static class ReleaseProduct
{
    /// <summary>Owners, administrators and product managers of the provider.</summary>
    public static async Task<Results<Created<ReleaseResponse>, ProblemHttpResult>> Handle(
        string id, ReleaseProductRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var plans = await Plan.Of(transaction, id, cancellation);
        var activated = request.ActivatePlans ? plans.Where(p => p.Status == PlanStatus.Draft).ToList() : [];
        var catalogs = await Catalogs.Catalog.HoldOffering(transaction, id, cancellation);
        if (SalesGates.Refusal(catalogs, activated) is { } closed)
        {
            return closed;
        }

        var last = await Newest(transaction, id, cancellation);
        var release = await Next(transaction, product!, last, request.Type, caller.UserId, clock, cancellation);
        var taken = ReleaseComparison.Of(last, release).Changes.Where(ReleaseComparison.TakesAway).ToList();
        if (taken.Count > 0 && request.Type != "major")
        {
            return Problems.ReleaseTakesAway(request.Type, taken);
        }

        var now = clock.GetUtcNow();
        if (plans.Count == 0)
        {
            var free = PlanRules.Draft(Ids.New("pln", clock), id, new CreatePlanRequest("Free", new("free")), clock);
            await CreatePlan.Store(transaction, free with { Status = PlanStatus.Active, ActivatedAt = now }, cancellation);
        }

        await transaction.Execute(
            "update plans set status = 'Active', activated_at = @now, version = version + 1 where id = any(@Drafts)",
            new { now, Drafts = activated.Select(p => p.Id).ToArray() }, cancellation);

        await transaction.Execute(
            """
            insert into releases (id, product_id, type, major, minor, patch, title, description, image_url, apis, released_by, released_at)
            values (@Id, @ProductId, @Type, @Major, @Minor, @Patch, @Title, @Description, @ImageUrl, @Apis::jsonb, @ReleasedBy, @ReleasedAt)
            """, release, cancellation);
        await transaction.Execute(
            "update products set release = @Number, version = version + 1 where id = @id", new { id, release.Number }, cancellation);
        await Offer.AnnounceProduct(transaction, product! with { Release = release.Number }, catalogs, cancellation);
        await transaction.Record(
            caller, "product.released", product!.OrganizationId, id, new { product.Release }, new { Release = release.Number, Activated = activated.Select(p => p.Id) }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/products/{id}/releases/{release.Id}", ReleaseResponse.Of(release));
    }

    /// <summary>The release that a product would have if it were made now.</summary>
    public static async Task<Release> Draft(Database database, Product product, string userId, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        return await Next(transaction, product, await Newest(transaction, product.Id, cancellation), "major", userId, clock, cancellation);
    }

    private static async Task<Release> Next(
        Transaction transaction, Product product, Release? last, string type, string userId, TimeProvider clock, CancellationToken cancellation)
    {
        var (major, minor, patch) = Release.After((last?.Major ?? 0, last?.Minor ?? 0, last?.Patch ?? 0), type);
        var apis = await transaction.Query<Api>(
            "select a.* from apis a join product_apis p on p.api_id = a.id where p.product_id = @Id order by p.ordinal", product, cancellation);
        return new()
        {
            Id = Ids.New("rel", clock),
            ProductId = product.Id,
            Type = type,
            Major = major,
            Minor = minor,
            Patch = patch,
            Title = product.Title,
            Description = product.Description,
            ImageUrl = product.ImageUrl,
            Apis = JsonSerializer.Serialize(apis.Select(api => api.Snapshot()), JsonSerializerOptions.Web),
            ReleasedBy = userId,
            ReleasedAt = clock.GetUtcNow(),
        };
    }

    /// <summary>A product's newest release, or null.</summary>
    public static Task<Release?> Newest(Transaction transaction, string productId, CancellationToken cancellation) => transaction.QueryOne<Release>(
        "select * from releases where product_id = @productId order by major desc, minor desc, patch desc limit 1", new { productId }, cancellation);
}
