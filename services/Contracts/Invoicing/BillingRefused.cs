namespace Marketplace.Contracts.Invoicing;

/// <summary>A subscription was approved, or took another one's place, that nobody can charge, because its billing integration was deleted: it ends.</summary>
/// <param name="OrganizationId">The consumer organization.</param>
/// <param name="RefusedAt">When it was to be billed (UTC).</param>
public sealed record BillingRefused(string SubscriptionId, string OrganizationId, string BillingIntegrationId, DateTimeOffset RefusedAt);
