using Marketplace.Contracts.Catalog;

namespace Marketplace.Contracts.Subscriptions;

/// <summary>A subscription to a paid plan may start once its first invoice is paid: set-up fee and base price fall due now.
/// Never sent for plans that cost nothing.</summary>
/// <param name="OrganizationId">The consumer organization that pays.</param>
/// <param name="OrganizationTitle">The name on its invoices.</param>
/// <param name="Email">Where its invoices go.</param>
/// <param name="PeriodStart">Start of the first billing period (UTC).</param>
/// <param name="PeriodEnd">End of the first billing period (UTC), exclusive.</param>
public sealed record SubscriptionApproved(
    string SubscriptionId, string OrganizationId, string OrganizationTitle, string Email,
    string ProviderOrganizationId, string CatalogId, string Environment, string BillingIntegrationId,
    string ProductId, string ProductTitle, PlanSnapshot Plan,
    DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, DateTimeOffset ApprovedAt);
