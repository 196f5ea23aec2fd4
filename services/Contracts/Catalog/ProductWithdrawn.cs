namespace Marketplace.Contracts.Catalog;

/// <summary>A product is no longer on offer in a catalog. Existing subscriptions go on; no new ones are taken.</summary>
public sealed record ProductWithdrawn(string PublicationId, string CatalogId, string ProductId, long Version);
