using Marketplace.Catalog.Storefront;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Terms;

/// <summary>Filters of the list of terms; each narrows what the caller may see.</summary>
public sealed record TermsFilter(
    [property: FromQuery(Name = "organizationId"), PlainText(64)] string? OrganizationId = null,
    [property: FromQuery(Name = "catalogId"), PlainText(64)] string? CatalogId = null,
    [property: FromQuery(Name = "productId"), PlainText(64)] string? ProductId = null);

/// <summary>Shows terms: to their provider in every version, to visitors of a storefront what is in force.</summary>
public static class ReadTerms
{
    /// <summary>One document of terms, with its version as ETag. Members of the provider.</summary>
    public static async Task<Results<Ok<TermsResponse>, ProblemHttpResult>> One(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var terms = await TermsDocument.Find(database, id, cancellation);
        if (Access.CannotRead(caller, terms?.OrganizationId, "terms", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(terms!.Version);
        return TypedResults.Ok(terms.Show());
    }

    /// <summary>The terms of the caller's providers, newest first.</summary>
    public static async Task<Ok<Page<TermsResponse>>> List(
        [AsParameters] TermsFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<TermsDocument>(
            $"""
            {TermsDocument.Select} where t.organization_id = any(@organizations) and t.id < @After
                and (@CatalogId::text is null or t.catalog_id = @CatalogId) and (@ProductId::text is null or t.product_id = @ProductId)
            order by t.id desc limit @Take
            """,
            new { organizations = Access.Readable(caller, filter.OrganizationId), page.After, page.Take, filter.CatalogId, filter.ProductId }, cancellation);
        return TypedResults.Ok(Page<TermsDocument>.Of(rows, page, terms => terms.Id).Select(terms => terms.Show()));
    }

    /// <summary>Every version that is or was in force, newest first. Members of the provider.</summary>
    public static async Task<Results<Ok<Page<TermsVersion>>, ProblemHttpResult>> Versions(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var terms = await TermsDocument.Find(database, id, cancellation);
        if (Access.CannotRead(caller, terms?.OrganizationId, "terms", id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<TermsVersion>(
            """
            select number as version, title, text, url, text_hash, in_force_from from terms_versions
            where terms_id = @id and in_force_from is not null and lpad(number::text, 10, '0') < @After order by number desc limit @Take
            """, new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<TermsVersion>.Of(rows, page, version => version.Version.ToString("D10", System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>What a new subscriber of a product must accept, with its text. Whoever may see the product may read it.</summary>
    public static async Task<Results<Ok<StorefrontTerms>, ProblemHttpResult>> InStorefront(
        string id, string productId, HttpContext context, Database database, CancellationToken cancellation)
    {
        var catalog = await Catalogs.Catalog.Find(database, id, cancellation);
        if (catalog is null || !await StorefrontRow.IsSeen(database, id, productId, Visitor.Of(catalog, context.User), cancellation))
        {
            return Problem.NotFound("product", productId);
        }

        return await TermsDocument.Applied(database, id, productId, cancellation) is { } terms
            ? TypedResults.Ok(StorefrontTerms.Of(terms) with { Text = terms.Text })
            : Problem.NotFound("terms of product", productId);
    }
}

/// <summary>Terms as consumers see them.</summary>
/// <param name="Version">What to send as <c>termsVersion</c> with <c>acceptTerms</c>.</param>
/// <param name="Text">The text, where it is asked for by itself and has no address.</param>
public sealed record StorefrontTerms(string TermsId, int Version, string Title, string? Text, string? Url, string TextHash, DateTimeOffset InForceFrom)
{
    /// <summary>The version in force, without its text.</summary>
    public static StorefrontTerms Of(TermsDocument terms) =>
        new(terms.Id, terms.Number!.Value, terms.Title!, null, terms.Url, terms.TextHash!, terms.InForceFrom!.Value);
}
