using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Until when a plan that an organization left is closed to it: what a plan includes (units without overage, a tier's cheaper ones, a strict quota) is given once for a period, however a subscription to it is begun again
/// within it. A whole base price that is charged anew buys it again; a quota counted over longer than the period closes it as long. Why: ADR 0020.</summary>
internal static class WayBack
{
    /// <summary>The code with which it is refused.</summary>
    public const string Closed = "plan_left";

    // One that was never paid or free gave nothing. Those of the lineage are left by changes, and what is used of strict quotas goes on counting there; of the others it begins anew.
    private const string Last =
        $"""
        {Lineage.With} {Subscription.Select} left join subscriptions n on n.id = s.migrated_to
        where s.organization_id = @OrganizationId and s.plan_id = @PlanId and s.activated_at is not null and s.anchor is not null and s.ended_at is not null
            and case when s.id in (select id from lineage) then @OfLineage else not @IsWhole or n.plan_id <> s.plan_id end
        order by s.ended_at desc limit 1
        """;

    /// <summary>When the period ends in which the organization had the plan to which a subscription is to change (UTC); null where it may have it again now.</summary>
    public static async Task<DateTimeOffset?> ClosedUntil(Transaction transaction, Subscription subscription, PlanSnapshot plan, DateTimeOffset now, CancellationToken cancellation)
    {
        var goesOn = Successor.KeepsCalendar(subscription, plan);
        return plan.PlanId == subscription.PlanId ? null : await Of(
            transaction, new(subscription.Id, subscription.OrganizationId, plan.PlanId, Subscription.CostsMoney(plan) && IsGivenAgain(plan, goesOn), !goesOn && HasBase(plan)), plan, now, cancellation);
    }

    /// <summary>The same for a new subscription.</summary>
    public static Task<DateTimeOffset?> ClosedUntil(Transaction transaction, string organizationId, PlanSnapshot plan, DateTimeOffset now, CancellationToken cancellation) =>
        Of(transaction, new(null, organizationId, plan.PlanId, OfLineage: false, HasBase(plan)), plan, now, cancellation);

    private static async Task<DateTimeOffset?> Of(Transaction transaction, Wanted wanted, PlanSnapshot plan, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!IsGivenAgain(plan, goesOn: false) || await transaction.QueryOne<Subscription>(Last, wanted, cancellation) is not { } left)
        {
            return null;
        }

        var period = left.CalendarFrom(left.Anchor!.Value).Period(left.PeriodIndex);
        // Of the lineage what is used of strict quotas goes on counting; a new subscription has none.
        var end = wanted.IsWhole || (wanted.Id is not null && await IsOfLineage(transaction, wanted.Id, left.Id, cancellation)) ? period.End : left.Plan.Quotas.Where(q => IsIncluded(q, goesOn: false)).Select(q => QuotaWindow.At(q.Interval, left.EndedAt!.Value.AddTicks(-1), period).End).Append(period.End).Max();
        return end > now ? end : null;
    }

    private static Task<bool> IsOfLineage(Transaction transaction, string id, string leftId, CancellationToken cancellation) =>
        transaction.QueryOne<bool>($"{Lineage.With} select exists (select from lineage where id = @leftId)", new { Id = id, leftId }, cancellation);

    private static bool HasBase(PlanSnapshot plan) => Subscription.CostsMoney(plan) && PlanSeats.BasePrice(plan) > 0;

    private static bool IsGivenAgain(PlanSnapshot plan, bool goesOn) => plan.Price.Tiers is { Count: > 0 } || plan.Quotas.Any(quota => IsIncluded(quota, goesOn));

    // A strict quota counts on where the periods go on.
    private static bool IsIncluded(QuotaSnapshot quota, bool goesOn) => quota.Limit > 0 && (quota.Overage is not null || (quota.Kind == "strict" && !goesOn));

    /// <param name="OfLineage">Whether what a change left is given again by a change.</param>
    /// <param name="IsWhole">Whether a whole base price is charged anew.</param>
    private sealed record Wanted(string? Id, string OrganizationId, string PlanId, bool OfLineage, bool IsWhole);
}
