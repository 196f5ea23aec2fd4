namespace Marketplace.Contracts.Subscriptions;

/// <summary>What the gateway enforces has changed for the named objects: it reads their present state from the entitlement feed at once instead of at its next poll.
/// A hint only, so that order and duplicates do not matter.</summary>
/// <param name="Position">The feed's position after the change; the gateway asks for everything up to it.</param>
public sealed record AccessChanged(string SubscriptionId, string OrganizationId, long Position);
