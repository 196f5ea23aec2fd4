using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>The way back at once to a plan that was left. What a plan includes, units without overage or at a tier's price, each part of a period is given whole, and a whole base price buys a whole strict quota, while what
/// is unused of a base price is given back by time. Whoever could come back in the very period in which it left would be given all that again for nothing; with the end of a period everybody may.</summary>
internal static class WayBack
{
    /// <summary>When the period ends in which the consumer left the plan (UTC); null where it may come back now.</summary>
    public static async Task<DateTimeOffset?> ClosedUntil(Transaction transaction, Subscription subscription, PlanSnapshot plan, DateTimeOffset now, CancellationToken cancellation)
    {
        if (plan.PlanId == subscription.PlanId || !Subscription.CostsMoney(plan) || !IsGivenAgain(subscription, plan))
        {
            return null;
        }

        var left = await transaction.QueryOne<Subscription>(
            $"{Lineage.With} {Subscription.Select} where s.id in (select id from lineage) and s.plan_id = @PlanId and s.anchor is not null order by s.ended_at desc limit 1",
            new { subscription.Id, plan.PlanId }, cancellation);
        return left?.CalendarFrom(left.Anchor!.Value).Period(left.PeriodIndex).End is { } end && end > now ? end : null;
    }

    // A strict quota counts on where the periods go on.
    private static bool IsGivenAgain(Subscription subscription, PlanSnapshot plan) =>
        plan.Quotas.Any(quota => quota.Overage is not null) || plan.Price.Tiers is { Count: > 0 } || (plan.Quotas.Count > 0 && !Successor.KeepsCalendar(subscription, plan));
}
