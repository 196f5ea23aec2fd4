namespace Marketplace.Contracts.Accounts;

/// <summary>An organization exists or its facts changed. Hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="Kind"><c>provider</c> or <c>consumer</c>.</param>
/// <param name="CatalogId">The catalog that a consumer organization signed up to; null for providers.</param>
/// <param name="Email">Where its bills go: the address of the user who created it.</param>
/// <param name="Enabled">False while the provider or an operator has disabled it.</param>
public sealed record OrganizationCreated(string OrganizationId, string Kind, string Title, string? CatalogId, string Email, bool Enabled, long Version);
