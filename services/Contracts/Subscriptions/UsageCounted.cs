namespace Marketplace.Contracts.Subscriptions;

/// <summary>So many more units were used in a billing period that is still open. Told for subscriptions of the billing model <c>subscriptions</c> only, each
/// increment once per <paramref name="CountId"/>; what comes after the period was closed is late usage and goes with the next closure.</summary>
/// <param name="CountId">The same however often it is told.</param>
/// <param name="Unit">The consumption unit.</param>
/// <param name="PeriodEnd">Exclusive (UTC).</param>
public sealed record UsageCounted(
    string CountId, string SubscriptionId, string OrganizationId, string Unit, long Quantity, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, DateTimeOffset CountedAt);
