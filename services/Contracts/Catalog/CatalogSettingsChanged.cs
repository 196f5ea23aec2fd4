namespace Marketplace.Contracts.Catalog;

/// <summary>A catalog exists or its settings changed. Accounts decides by it who may sign up.</summary>
/// <param name="OrganizationId">The provider that owns the catalog.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>.</param>
/// <param name="SelfSignup">Whether a user may create a consumer organization in it.</param>
public sealed record CatalogSettingsChanged(string CatalogId, string OrganizationId, string Environment, bool SelfSignup, long Version);
