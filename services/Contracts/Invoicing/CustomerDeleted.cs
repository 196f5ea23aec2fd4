namespace Marketplace.Contracts.Invoicing;

/// <summary>A provider has deleted a consumer organization's customer at Stripe: nothing can be charged to it any more. What was unpaid is voided.</summary>
/// <param name="OrganizationId">The consumer organization.</param>
/// <param name="DeletedAt">When it was noticed (UTC); what was approved later is billed to a new customer.</param>
public sealed record CustomerDeleted(string CustomerId, string BillingIntegrationId, string OrganizationId, DateTimeOffset DeletedAt);
