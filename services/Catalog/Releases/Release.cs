using System.Text.Json;
using Marketplace.Contracts.Catalog;

namespace Marketplace.Catalog.Releases;

/// <summary>A release as it is stored: what a product was at that moment, never changed.</summary>
public sealed record Release
{
    /// <summary>Its id (<c>rel_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The product.</summary>
    public required string ProductId { get; init; }

    /// <summary><c>major</c>, <c>minor</c> or <c>patch</c>.</summary>
    public required string Type { get; init; }

    /// <summary>First number of the version.</summary>
    public required int Major { get; init; }

    /// <summary>Second number of the version.</summary>
    public required int Minor { get; init; }

    /// <summary>Third number of the version.</summary>
    public required int Patch { get; init; }

    /// <summary>The product's title then.</summary>
    public required string Title { get; init; }

    /// <summary>The product's description then.</summary>
    public string? Description { get; init; }

    /// <summary>Address of its picture then.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>The product's APIs then, as JSON in the shape in which they are announced.</summary>
    public required string Apis { get; init; }

    /// <summary>Who released it.</summary>
    public required string ReleasedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ReleasedAt { get; init; }

    /// <summary>The semantic version, such as <c>1.0.0</c>.</summary>
    public string Number => $"{Major}.{Minor}.{Patch}";

    /// <summary>The APIs themselves.</summary>
    public IReadOnlyList<PublishedApi> ApiList => JsonSerializer.Deserialize<List<PublishedApi>>(Apis, JsonSerializerOptions.Web)!;

    /// <summary>The version that follows: a major one resets what is behind it. Before the first release stands 0.0.0.</summary>
    public static (int Major, int Minor, int Patch) After((int Major, int Minor, int Patch) last, string type) => type switch
    {
        "major" => (last.Major + 1, 0, 0),
        "minor" => (last.Major, last.Minor + 1, 0),
        _ => (last.Major, last.Minor, last.Patch + 1),
    };
}

/// <summary>A release as it is answered.</summary>
/// <param name="Version">Semantic version, such as <c>1.0.0</c>.</param>
public sealed record ReleaseResponse(
    string Id, string ProductId, string Version, string Type, string Title, string? Description, IReadOnlyList<PublishedApi> Apis, string ReleasedBy, DateTimeOffset ReleasedAt,
    string? ImageUrl)
{
    /// <summary>The release as its provider sees it.</summary>
    public static ReleaseResponse Of(Release release) => new(
        release.Id, release.ProductId, release.Number, release.Type, release.Title, release.Description, release.ApiList, release.ReleasedBy, release.ReleasedAt,
        release.ImageUrl);
}
