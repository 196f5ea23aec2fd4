namespace Marketplace.Contracts.Subscriptions;

/// <summary>What the gateway enforces has changed for the named objects: it reads their present state from the entitlement feed at once instead of at its next poll.
/// A hint only, so that order and duplicates do not matter.</summary>
/// <param name="Position">The feed's position after the change; the gateway asks for everything up to it.</param>
/// <param name="CallsAwaited">The subscription has ended, and its last invoice or the quota of the one that took its place waits for its last calls: they are reported at once instead of at the next report.</param>
public sealed record AccessChanged(string SubscriptionId, string OrganizationId, long Position, bool CallsAwaited = false);
