using System.Security.Cryptography;
using System.Text;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog.Terms;

/// <summary>Terms and conditions as they are stored: of a product, or of everything in a catalog whose product has none of its own.</summary>
public sealed record TermsDocument
{
    /// <summary>Reads terms with their version in force and their draft; narrow it with <c>where t.…</c>.</summary>
    public const string Select =
        """
        select t.*, f.number, f.title, f.text, f.url, f.text_hash, f.in_force_from, d.number as draft_number, d.title as draft_title, d.text as draft_text,
            d.url as draft_url, d.text_hash as draft_hash
        from terms t
        left join lateral (select * from terms_versions where terms_id = t.id and in_force_from is not null order by number desc limit 1) f on true
        left join terms_versions d on d.terms_id = t.id and d.in_force_from is null
        """;

    /// <summary>Their id (<c>trm_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The catalog they are of, or null.</summary>
    public string? CatalogId { get; init; }

    /// <summary>The product they are of, or null.</summary>
    public string? ProductId { get; init; }

    /// <summary>Counts their changes.</summary>
    public required long Version { get; init; }

    /// <summary>When they were begun.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When they were put away; new subscribers accept nothing of them.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>The version in force; null before the first.</summary>
    public int? Number { get; init; }

    /// <summary>Its title.</summary>
    public string? Title { get; init; }

    /// <summary>Its text, or null where it has an address.</summary>
    public string? Text { get; init; }

    /// <summary>Its address, or null where it has a text.</summary>
    public string? Url { get; init; }

    /// <summary>SHA-256 of text or address.</summary>
    public string? TextHash { get; init; }

    /// <summary>Since when it is in force.</summary>
    public DateTimeOffset? InForceFrom { get; init; }

    /// <summary>The version being written; null while none is.</summary>
    public int? DraftNumber { get; init; }

    /// <summary>Its title.</summary>
    public string? DraftTitle { get; init; }

    /// <summary>Its text.</summary>
    public string? DraftText { get; init; }

    /// <summary>Its address.</summary>
    public string? DraftUrl { get; init; }

    /// <summary>SHA-256 of its text or address.</summary>
    public string? DraftHash { get; init; }

    /// <summary>What stands in for the text: SHA-256 of the text, or of the address, in lower-case hex.</summary>
    public static string Hash(string? text, string? url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text ?? url!)));

    /// <summary>Reads terms.</summary>
    public static Task<TermsDocument?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<TermsDocument>($"{Select} where t.id = @id", new { id }, cancellation);

    /// <summary>Loads terms and holds their row. The product or catalog that they are of is held before.</summary>
    public static Task<TermsDocument?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<TermsDocument>($"{Select} where t.id = @id for update of t", new { id }, cancellation);

    /// <summary>What a new subscriber of a product in a catalog must accept: the product's own terms, else the catalog's; null for nothing.</summary>
    public static Task<TermsSnapshot?> InForce(Transaction transaction, string catalogId, string productId, CancellationToken cancellation) =>
        transaction.QueryOne<TermsSnapshot>($"select id as terms_id, number as version, title, url, text_hash from ({Applying}) a", new { catalogId, productId }, cancellation);

    /// <summary>The same with their text, to be read.</summary>
    public static Task<TermsDocument?> Applied(Database database, string catalogId, string productId, CancellationToken cancellation) =>
        database.QueryOne<TermsDocument>(Applying, new { catalogId, productId }, cancellation);

    /// <summary>The terms as they are answered.</summary>
    public TermsResponse Show() => new(Id, OrganizationId, CatalogId, ProductId, InForce(), Draft(), CreatedAt, RetiredAt);

    /// <summary>The version in force, or null.</summary>
    public TermsVersion? InForce() => Number is null ? null : new(Number.Value, Title!, Text, Url, TextHash!, InForceFrom);

    private const string Applying =
        $"{Select} where t.retired_at is null and f.number is not null and (t.product_id = @productId or t.catalog_id = @catalogId) order by t.product_id is null limit 1";

    private TermsVersion? Draft() => DraftNumber is null ? null : new(DraftNumber.Value, DraftTitle!, DraftText, DraftUrl, DraftHash!, null);
}

/// <summary>Terms as their provider sees them.</summary>
/// <param name="InForce">What new subscribers accept; null before the first version.</param>
/// <param name="Draft">The version being written; null while none is.</param>
/// <param name="RetiredAt">When they were put away; null while they are asked for.</param>
public sealed record TermsResponse(
    string Id, string OrganizationId, string? CatalogId, string? ProductId, TermsVersion? InForce, TermsVersion? Draft, DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt);

/// <summary>One version of terms.</summary>
/// <param name="Version">1, 2, 3 …</param>
/// <param name="Text">The text itself, or null where it stands at <paramref name="Url"/>.</param>
/// <param name="TextHash">SHA-256 of the text, or of the address, in lower-case hex: what an acceptance records.</param>
/// <param name="InForceFrom">Since when; null for a draft.</param>
public sealed record TermsVersion(int Version, string Title, string? Text, string? Url, string TextHash, DateTimeOffset? InForceFrom);
