using Marketplace.Catalog.Questions;
using Marketplace.Catalog.Releases;
using Marketplace.Catalog.Terms;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Storefront;

/// <summary>Shows one product of a storefront with everything that a decision for it needs.</summary>
public static class ReadStorefrontProduct
{
    private const int MaxReleases = 50;

    /// <summary>404 for a product that is not there and for one that the visitor may not see.</summary>
    public static async Task<Results<Ok<StorefrontProductPage>, ProblemHttpResult>> Handle(
        string id, string productId, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (catalog is null)
        {
            return Problem.NotFound("catalog", id);
        }

        var visitor = Visitor.Of(catalog, context.User);
        var row = await database.QueryOne<StorefrontRow>(
            $"{StorefrontRow.Select} and p.id = @productId",
            new { id, productId, query = (string?)null, visitor.SignedIn, visitor.Provider, visitor.Organizations }, cancellation);
        if (row is null)
        {
            return Problem.NotFound("product", productId);
        }

        var plans = await StorefrontRow.Plans(database, [row], visitor, cancellation);
        var releases = await database.Query<Release>(
            "select * from releases where product_id = @productId order by major desc, minor desc, patch desc limit @MaxReleases", new { productId, MaxReleases }, cancellation);
        var listing = await Listing.Find(database, productId, cancellation);
        var terms = await TermsDocument.Applied(database, id, productId, cancellation);
        var shown = row.Show(catalog, plans[productId]);
        return TypedResults.Ok(new StorefrontProductPage(
            StorefrontCatalog.Of(catalog),
            shown with { Plans = [.. shown.Plans.Zip(plans[productId], (view, plan) => view with { Questions = QuestionSchema.Show(plan.Questions) })] },
            terms is null ? null : StorefrontTerms.Of(terms),
            [.. releases.Select(r => new StorefrontRelease(r.Number, r.Type, r.Title, r.ReleasedAt))], listing.DocumentList));
    }
}

/// <summary>One product of a storefront.</summary>
/// <param name="Terms">What a subscriber must accept, without its text; null for nothing.</param>
/// <param name="Releases">Newest first, at most fifty.</param>
public sealed record StorefrontProductPage(
    StorefrontCatalog Catalog, StorefrontProduct Product, StorefrontTerms? Terms, IReadOnlyList<StorefrontRelease> Releases, IReadOnlyList<ListedDocument> Documents);

/// <summary>A release as consumers see it.</summary>
public sealed record StorefrontRelease(string Version, string Type, string Title, DateTimeOffset ReleasedAt);
