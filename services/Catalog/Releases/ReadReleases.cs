using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Releases;

/// <summary>Shows a product's releases to the members of its provider.</summary>
public static class ReadReleases
{
    /// <summary>A page of a product's releases, newest first.</summary>
    public static async Task<Results<Ok<Page<ReleaseResponse>>, ProblemHttpResult>> List(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Release>(
            "select * from releases where product_id = @id and id < @After order by id desc limit @Take", new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Release>.Of(rows, page, release => release.Id).Select(ReleaseResponse.Of));
    }

    /// <summary>One release.</summary>
    public static async Task<Results<Ok<ReleaseResponse>, ProblemHttpResult>> One(
        string id, string releaseId, Caller caller, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        var release = await database.QueryOne<Release>("select * from releases where id = @releaseId and product_id = @id", new { id, releaseId }, cancellation);
        return release is null ? Problem.NotFound("release", releaseId) : TypedResults.Ok(ReleaseResponse.Of(release));
    }
}
