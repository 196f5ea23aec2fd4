namespace Marketplace.Contracts.Catalog;

/// <summary>A migration is taken back: what it has not carried out yet stays as it is. Its version follows on those of <see cref="MigrationRequested"/>.</summary>
public sealed record MigrationWithdrawn(string MigrationId, long Version);
