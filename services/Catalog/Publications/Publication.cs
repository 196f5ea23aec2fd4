using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog.Publications;

/// <summary>A publication as it is stored, with the product that it offers.</summary>
public sealed record Publication
{
    /// <summary>The publications of a catalog; narrow it with <c>and u.…</c>.</summary>
    public const string Select =
        """
        select u.id, u.catalog_id, u.product_id, p.name as product_name, p.title as product_title, p.release, u.visibility, u.visible_to, u.version, u.published_at,
            coalesce((select jsonb_agg(jsonb_build_object('planId', v.plan_id, 'visibility', v.visibility, 'visibleTo', v.visible_to) order by v.plan_id)
                from publication_plans v where v.publication_id = u.id), '[]')::text as plans
        from publications u join products p on p.id = u.product_id where u.catalog_id = @id and u.published
        """;

    /// <summary>Its id (<c>pub_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The catalog.</summary>
    public required string CatalogId { get; init; }

    /// <summary>The product on offer.</summary>
    public required string ProductId { get; init; }

    /// <summary>The product's name in runtime addresses.</summary>
    public required string ProductName { get; init; }

    /// <summary>The product's title.</summary>
    public required string ProductTitle { get; init; }

    /// <summary>The release that is shown: the product's newest.</summary>
    public required string Release { get; init; }

    /// <summary><c>public</c>, <c>signed_in</c>, <c>organizations</c> or <c>none</c>.</summary>
    public required string Visibility { get; init; }

    /// <summary>The organizations chosen; null unless they are.</summary>
    public string[]? VisibleTo { get; init; }

    /// <summary>Plans that fewer may see, as JSON.</summary>
    public required string Plans { get; init; }

    /// <summary>Counts what was announced about it.</summary>
    public required long Version { get; init; }

    /// <summary>When it was put on offer.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Plans that fewer may see.</summary>
    public IReadOnlyList<PlanReaders> PlanList => JsonSerializer.Deserialize<List<PlanReaders>>(Plans, JsonSerializerOptions.Web)!;

    /// <summary>What the audit log keeps of it.</summary>
    public object Recorded => new { CatalogId, ProductId, Visibility, VisibleTo, Plans = PlanList };

    /// <summary>Reads a publication of a catalog inside a write.</summary>
    public static Task<Publication?> Read(Transaction transaction, string catalogId, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Publication>($"{Select} and u.id = @publicationId", new { id = catalogId, publicationId = id }, cancellation);

    /// <summary>The publication as it is answered.</summary>
    public PublicationResponse Show() => new(
        Id, CatalogId, ProductId, ProductName, ProductTitle, Release, Visibility, VisibleTo,
        [.. PlanList.Select(p => new PlanVisibility(p.PlanId, p.Visibility, p.VisibleTo))], PublishedAt);
}

/// <summary>A product on offer in a catalog.</summary>
/// <param name="Release">The release that is shown: the product's newest.</param>
/// <param name="OrganizationIds">The organizations that see it; null unless they are chosen.</param>
/// <param name="Plans">Plans that fewer may see than the product.</param>
public sealed record PublicationResponse(
    string Id, string CatalogId, string ProductId, string ProductName, string ProductTitle, string Release, string Visibility,
    IReadOnlyList<string>? OrganizationIds, IReadOnlyList<PlanVisibility> Plans, DateTimeOffset PublishedAt);
