using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Releases;

/// <summary>Shows a product's releases to the members of its provider.</summary>
public static class ReadReleases
{
    private const string Unreleased = "next";

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

    /// <summary>One release, by its id or version.</summary>
    public static async Task<Results<Ok<ReleaseResponse>, ProblemHttpResult>> One(
        string id, string releaseId, Caller caller, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        return await Find(database, id, releaseId, cancellation) is { } release
            ? TypedResults.Ok(ReleaseResponse.Of(release)) : Problem.NotFound("release", releaseId);
    }

    /// <summary>What changed in a release since the one before it, or since another one; for <c>next</c>, what a release made now would change.</summary>
    /// <param name="since">Id or version of the release to compare with; the one before when absent.</param>
    public static async Task<Results<Ok<ReleaseChanges>, ProblemHttpResult>> Changes(
        string id, string releaseId, [FromQuery, PlainText(64)] string? since, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        var release = releaseId == Unreleased
            ? await ReleaseProduct.Draft(database, product!, caller.UserId, clock, cancellation) : await Find(database, id, releaseId, cancellation);
        if (release is null)
        {
            return Problem.NotFound("release", releaseId);
        }

        var earlier = since is not null
            ? await Find(database, id, since, cancellation)
            : await database.QueryOne<Release>(
                """
                select * from releases where product_id = @ProductId and (major, minor, patch) < (@Major, @Minor, @Patch)
                order by major desc, minor desc, patch desc limit 1
                """, release, cancellation);
        return since is not null && earlier is null ? Problem.NotFound("release", since)
            : TypedResults.Ok(ReleaseComparison.Of(earlier, release) with { To = releaseId == Unreleased ? Unreleased : release.Number });
    }

    private static Task<Release?> Find(Database database, string productId, string idOrVersion, CancellationToken cancellation) => database.QueryOne<Release>(
        "select * from releases where product_id = @productId and (id = @idOrVersion or concat_ws('.', major, minor, patch) = @idOrVersion)",
        new { productId, idOrVersion }, cancellation);
}
