using Marketplace.Contracts.Catalog;

namespace Marketplace.Contracts.Subscriptions;

/// <summary>A billing period's usage is final: charge it, and the base price of the period that follows if there is one.
/// Sent once per subscription and period (<paramref name="ClosureId"/>), also when the subscription ended in it.</summary>
/// <param name="ClosureId">The closure's id; the invoice's business key.</param>
/// <param name="Reason"><c>period_end</c>; for the last one <c>cancellation</c>, or <c>migration</c> when another subscription took its place.</param>
/// <param name="PeriodStart">Start of the closed period (UTC).</param>
/// <param name="PeriodEnd">End of the closed period (UTC), exclusive; the moment of cancellation for the last one.</param>
/// <param name="NextPeriodStart">Start of the period whose base price is due now; null when the subscription ends.</param>
/// <param name="NextPeriodEnd">End of that period (UTC), exclusive; null when the subscription ends.</param>
/// <param name="Usage">Units per consumption unit, late usage of earlier periods as entries of its own.</param>
/// <param name="ClosedTogether">Earlier periods that no closure closed before this one: their usage is not late, and what a period costs without usage is due.</param>
/// <param name="BasePricesDue">Of a last closure by cancellation: periods, whole, that had begun before the one before them was closed, so that no closure has told of their base prices yet.</param>
public sealed record MeteringPeriodClosed(
    string ClosureId, string SubscriptionId, string OrganizationId, string Reason, PlanSnapshot Plan,
    DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd,
    DateTimeOffset? NextPeriodStart, DateTimeOffset? NextPeriodEnd,
    IReadOnlyList<PeriodUsage> Usage, DateTimeOffset ClosedAt, IReadOnlyList<MeteredSpan>? ClosedTogether = null,
    IReadOnlyList<MeteredSpan>? BasePricesDue = null);

/// <summary>A billing period (UTC), end exclusive.</summary>
public sealed record MeteredSpan(DateTimeOffset Start, DateTimeOffset End);

/// <summary>Units counted in one period. <paramref name="PeriodStart"/> is earlier than the closed period's for usage that came late.</summary>
/// <param name="Limit">How many of these units the plan includes, null without a limit; a loose quota charges overage above it. For late usage, what
/// was left of the limit.</param>
/// <param name="Overage">Price of a unit above the limit in minor units, a decimal; null where none is charged.</param>
/// <param name="Before">Units of the same unit, quota and period that earlier closures carried: late usage is rated on top of them. An entry may have no more than these,
/// because a period is rated whole.</param>
/// <param name="BeforeAbove">How many of those lay above the limit.</param>
public sealed record PeriodUsage(
    string Unit, long Quantity, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, long? Limit, string? Overage, long Before = 0, long BeforeAbove = 0);
