using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Catalog.Releases;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Storefront;

/// <summary>How a product shall be found and explained; exchanged whole.</summary>
/// <param name="Category">The one shelf it stands on.</param>
/// <param name="Tags">Words it is filtered by; their case does not matter.</param>
/// <param name="Documents">What there is to read about it.</param>
public sealed record ChangeListingRequest(
    [PlainText(60)] string? Category = null,
    [Listed(20)] IReadOnlyList<string>? Tags = null,
    [Listed(20)] IReadOnlyList<ListedDocument>? Documents = null);

/// <summary>Something to read about a product.</summary>
/// <param name="Url">Where it is (https). The storefront links to it and never fetches it.</param>
public sealed record ListedDocument(
    [Required, PlainText(200)] string Title,
    [Required, WebAddress] string Url);

/// <summary>Says how a product is found and explained in storefronts. It shows at once, also for what is published already.</summary>
public static class ChangeListing
{
    /// <summary>The listing, with its version as ETag. Members of the provider.</summary>
    public static async Task<Results<Ok<ListingResponse>, ProblemHttpResult>> Read(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        var listing = await Listing.Find(database, id, cancellation);
        context.SetVersion(listing.Version);
        return TypedResults.Ok(listing.Show());
    }

    /// <summary>Owners, administrators and product managers of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<ListingResponse>, ProblemHttpResult>> Handle(
        string id, ChangeListingRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var product = await Product.Lock(transaction, id, cancellation);
        if (Access.Cannot(caller, product?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var before = await Listing.Read(transaction, id, cancellation);
        if (context.Mismatch(before.Version) is { } mismatch)
        {
            return mismatch;
        }

        var changed = before with
        {
            Category = request.Category?.Trim(),
            Tags = [.. (request.Tags ?? []).Select(tag => tag.Trim().ToLowerInvariant()).Distinct(StringComparer.Ordinal)],
            Documents = JsonSerializer.Serialize(request.Documents ?? [], JsonSerializerOptions.Web),
            Version = before.Version + 1,
        };
        await transaction.Execute(
            """
            insert into listings (product_id, category, tags, documents, version) values (@ProductId, @Category, @Tags, @Documents::jsonb, @Version)
            on conflict (product_id) do update set category = excluded.category, tags = excluded.tags, documents = excluded.documents, version = excluded.version
            """, changed, cancellation);
        if (await ReleaseProduct.Newest(transaction, id, cancellation) is { } release)
        {
            await Listing.Index(transaction, release, cancellation);
        }

        await transaction.Record(caller, "product.listing_changed", product!.OrganizationId, id, before.Show(), changed.Show(), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
