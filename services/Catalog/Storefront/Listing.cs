using System.Text.Json;
using Marketplace.Catalog.Releases;
using Marketplace.Storage;

namespace Marketplace.Catalog.Storefront;

/// <summary>How a product is found and explained in storefronts, as it is stored. It is no part of a release: it shows at once.</summary>
public sealed record Listing
{
    private const int SortedBy = 100;

    /// <summary>The product.</summary>
    public required string ProductId { get; init; }

    /// <summary>The one shelf it stands on.</summary>
    public string? Category { get; init; }

    /// <summary>Words it is filtered by, in lower case.</summary>
    public string[] Tags { get; init; } = [];

    /// <summary>What there is to read about it, as JSON.</summary>
    public string Documents { get; init; } = "[]";

    /// <summary>Counts its changes.</summary>
    public long Version { get; init; }

    /// <summary>What there is to read about it.</summary>
    public IReadOnlyList<ListedDocument> DocumentList => JsonSerializer.Deserialize<List<ListedDocument>>(Documents, JsonSerializerOptions.Web)!;

    /// <summary>Reads a product's listing inside a write; an empty one where nothing was said.</summary>
    public static async Task<Listing> Read(Transaction transaction, string productId, CancellationToken cancellation) =>
        await transaction.QueryOne<Listing>(Select, new { productId }, cancellation) ?? new() { ProductId = productId };

    /// <summary>Reads a product's listing; an empty one where nothing was said.</summary>
    public static async Task<Listing> Find(Database database, string productId, CancellationToken cancellation) =>
        await database.QueryOne<Listing>(Select, new { productId }, cancellation) ?? new() { ProductId = productId };

    /// <summary>Makes a product findable as its newest release and its listing have it. The product's row is held.</summary>
    public static async Task Index(Transaction transaction, Release release, CancellationToken cancellation)
    {
        var listing = await Read(transaction, release.ProductId, cancellation);
        var title = release.Title.ToLowerInvariant();
        var cut = Math.Min(title.Length, SortedBy);
        cut -= char.IsHighSurrogate(title[cut - 1]) ? 1 : 0;
        await transaction.Execute(
            """
            insert into listings as l (product_id, sort_title, search) values (@ProductId, @sort,
                setweight(to_tsvector('simple', folded(@title)), 'A') || setweight(to_tsvector('simple', folded(@labels)), 'B')
                || setweight(to_tsvector('simple', folded(@apis)), 'C') || setweight(to_tsvector('simple', folded(@description)), 'D'))
            on conflict (product_id) do update set sort_title = excluded.sort_title, search = excluded.search
            """,
            new
            {
                release.ProductId,
                sort = title[..cut],
                title = Words.Of(release.Title),
                labels = Words.Of(string.Join(' ', listing.Tags.Append(listing.Category))),
                apis = Words.Of(string.Join(' ', release.ApiList.Select(api => api.Title))),
                description = Words.Of(release.Description ?? ""),
            }, cancellation);
    }

    /// <summary>The listing as it is answered.</summary>
    public ListingResponse Show() => new(ProductId, Category, Tags, DocumentList);

    private const string Select = "select product_id, category, tags, documents::text as documents, version from listings where product_id = @productId";
}

/// <summary>How a product is found and explained in storefronts.</summary>
public sealed record ListingResponse(string ProductId, string? Category, IReadOnlyList<string> Tags, IReadOnlyList<ListedDocument> Documents);
