namespace Marketplace.Contracts.Catalog;

/// <summary>Answer of <c>GET /internal/routes?after={position}&amp;limit=</c>: runtime routes that changed since a position, oldest change first.
/// A gateway reads it whole at its start, then on every <see cref="ProductPublished"/> and every 15 s.</summary>
/// <param name="Position">Ask for what comes after this next.</param>
/// <param name="More">True when there is more to read at once.</param>
public sealed record RoutePage(long Position, bool More, IReadOnlyList<RuntimeRoute> Routes);

/// <summary>Where calls to <c>/apis/{ProductName}/{ApiName}/**</c> go. A withdrawn product keeps its routes for its subscribers.</summary>
public sealed record RuntimeRoute(
    string ProductId, string ProductName, string ApiId, string ApiName, string UpstreamUrl, IReadOnlyList<PublishedResource> Resources);
