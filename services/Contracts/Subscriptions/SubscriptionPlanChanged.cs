using Marketplace.Contracts.Catalog;

namespace Marketplace.Contracts.Subscriptions;

/// <summary>A subscription replaced another one, and money changes hands for it: charge the lines on one invoice of the new subscription. Lines below zero are
/// credits; what they exceed the charges by is owed to the consumer. Once per new subscription.</summary>
/// <param name="SubscriptionId">The new subscription.</param>
/// <param name="ReplacedSubscriptionId">The one that it replaced.</param>
/// <param name="Email">Where its invoices go.</param>
/// <param name="Plan">The new plan.</param>
/// <param name="PeriodStart">Start of the new subscription's first period (UTC).</param>
/// <param name="PeriodEnd">End of that period (UTC), exclusive.</param>
/// <param name="Currency">Of the lines; a plan that costs nothing has none of its own.</param>
/// <param name="RenewsFrom">The anchor from which Stripe is to count the new subscription's periods (UTC, whole seconds); null where Stripe does not renew it.</param>
public sealed record SubscriptionPlanChanged(
    string SubscriptionId, string ReplacedSubscriptionId, string OrganizationId, string OrganizationTitle, string Email,
    string ProviderOrganizationId, string CatalogId, string Environment, string BillingIntegrationId,
    string ProductId, string ProductTitle, PlanSnapshot Plan, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd,
    string Currency, IReadOnlyList<PlanChangeLine> Lines, DateTimeOffset ChangedAt, DateTimeOffset? RenewsFrom = null);

/// <summary>One line of what a plan change costs.</summary>
/// <param name="Kind"><c>proration</c>, <c>base</c>, <c>setup_fee</c> or <c>rounding</c>.</param>
/// <param name="Amount">Minor units, rounded once; below zero for a credit.</param>
/// <param name="PeriodStart">What it pays for begins (UTC).</param>
/// <param name="PeriodEnd">What it pays for ends (UTC), exclusive.</param>
/// <param name="Quantity">Seats of a whole base price; else 1.</param>
/// <param name="UnitAmount">Minor units of one of them; null for <paramref name="Amount"/>.</param>
public sealed record PlanChangeLine(
    string Kind, string Description, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, long Quantity = 1, long? UnitAmount = null);
