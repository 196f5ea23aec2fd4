namespace Marketplace.Contracts.Accounts;

/// <summary>A consumer organization was deleted for good. Hearers end what it holds: its subscriptions are cancelled and charged for what was used.</summary>
/// <param name="Version">Newer than every <see cref="OrganizationCreated"/> of it.</param>
public sealed record OrganizationDeleted(string OrganizationId, DateTimeOffset DeletedAt, long Version);
