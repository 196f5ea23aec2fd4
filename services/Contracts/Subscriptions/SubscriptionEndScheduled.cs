namespace Marketplace.Contracts.Subscriptions;

/// <summary>A billed subscription was cancelled for the end of its current period, or that was taken back. Hearers keep the newest by <paramref name="Version"/>.</summary>
/// <param name="EndsWithPeriod">False when it was taken back.</param>
/// <param name="PeriodEnd">Exclusive (UTC).</param>
public sealed record SubscriptionEndScheduled(string SubscriptionId, string OrganizationId, bool EndsWithPeriod, DateTimeOffset PeriodEnd, long Version);
