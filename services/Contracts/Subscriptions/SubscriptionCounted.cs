namespace Marketplace.Contracts.Subscriptions;

/// <summary>How many live subscriptions a plan has; Catalog refuses to archive a plan that has some.</summary>
public sealed record SubscriptionCounted(string PlanId, long Live, long Version);
