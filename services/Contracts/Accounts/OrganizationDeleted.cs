namespace Marketplace.Contracts.Accounts;

/// <summary>An organization was deleted for good. Hearers end what it holds: a consumer's subscriptions are cancelled and charged for what was used; of a provider, which keeps neither
/// catalogs nor billing integrations, what it made in the last moment is closed and erased.</summary>
/// <param name="Version">Newer than every <see cref="OrganizationCreated"/> of it.</param>
public sealed record OrganizationDeleted(string OrganizationId, DateTimeOffset DeletedAt, long Version);
