using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog.Apis;

/// <summary>An API as it is stored.</summary>
public sealed record Api
{
    /// <summary>Its id (<c>api_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Its name in runtime addresses, unique in the organization and never changed.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Where its calls go.</summary>
    public required string UpstreamUrl { get; init; }

    /// <summary>What may be called, as JSON in the shape in which it is announced.</summary>
    public required string Resources { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was described.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was put away; null while it can be part of products.</summary>
    public DateTimeOffset? ArchivedAt { get; init; }

    /// <summary>The API as other services hear of it.</summary>
    public PublishedApi Snapshot() => new(Id, Name, Title, UpstreamUrl, ResourceList);

    /// <summary>The API as its provider sees it.</summary>
    public ApiResponse Show() => new(Id, OrganizationId, Name, Title, UpstreamUrl, ResourceList, CreatedAt, ArchivedAt is null ? "active" : "archived", ArchivedAt);

    /// <summary>Loads an API and holds its row.</summary>
    public static Task<Api?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Api>("select * from apis where id = @id for update", new { id }, cancellation);

    /// <summary>A product that has the API now, or null. The API's row must be held: who makes it part of a product holds it too.</summary>
    public static Task<string?> ProductWith(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<string?>("select product_id from product_apis where api_id = @id order by product_id limit 1", new { id }, cancellation);

    private List<PublishedResource> ResourceList => JsonSerializer.Deserialize<List<PublishedResource>>(Resources, JsonSerializerOptions.Web)!;
}

/// <summary>An API as its provider sees it.</summary>
/// <param name="Status"><c>active</c> or <c>archived</c>.</param>
public sealed record ApiResponse(
    string Id, string OrganizationId, string Name, string Title, string UpstreamUrl, IReadOnlyList<PublishedResource> Resources, DateTimeOffset CreatedAt,
    string Status, DateTimeOffset? ArchivedAt);
