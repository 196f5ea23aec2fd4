using Marketplace.Contracts.Catalog;

namespace Marketplace.Subscriptions;

/// <summary>How a subscription's plan changes.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="ByConsumer">Whether the consumer asked for it; else the provider did.</param>
/// <param name="AtBoundary">Whether it happens between two periods.</param>
public sealed record ChangeOfPlan(ChangeTarget Target, DateTimeOffset At, bool ByConsumer, bool AtBoundary);

/// <summary>The subscription that takes another one's place: a pure function, the only copy of what is kept and what begins anew.</summary>
public static class Successor
{
    /// <summary>The new subscription; its id and user are the caller's to give.</summary>
    public static Subscription Of(Subscription old, ChangeOfPlan change)
    {
        var target = change.Target;
        var next = old with
        {
            BillingIntegrationId = Subscription.CostsMoney(target.Plan) ? target.BillingIntegrationId : null,
            BillingModel = null,
            ProductId = target.ProductId,
            ProductName = target.ProductName,
            ProductTitle = target.ProductTitle,
            Release = target.Release,
            PlanId = target.Plan.PlanId,
            Plan = target.Plan,
            CreatedAt = change.At,
            CoveredFrom = change.At,
            QuotaFrom = change.AtBoundary ? null : CarriedUnits.From(old),
            MigratedFrom = old.Id,
            Follows = null,
            Billed = false,
            ReplacedProducts = target.ProductId == old.ProductId ? old.ReplacedProducts
                : [.. old.ReplacedProducts.Append(old.ProductId).Where(p => p != target.ProductId).Distinct()],
            FirstIndex = 0,
            PeriodIndex = 0,
            GraceUntil = null,
            Version = 1,
        };
        return (old.Status, Subscription.CostsMoney(target.Plan)) switch
        {
            (SubscriptionStatus.PendingApproval, _) => next with { CoveredFrom = null, QuotaFrom = null },
            (SubscriptionStatus.Trialing, true) when target.Plan.TrialDays > 0 && !change.AtBoundary =>
                next with { Anchor = null, PeriodStart = change.At },
            (SubscriptionStatus.Trialing, true) when change.AtBoundary || change.ByConsumer => AwaitingPayment(next, change.At),
            (_, true) when change.ByConsumer && !old.IsPeriodCharged => AwaitingPayment(next, change.At),
            _ => Active(next, old, change),
        };
    }

    /// <summary>Whether the periods of the old one go on: they are as long, nothing is charged for them from now on that was free before, and who counted them goes on counting.</summary>
    public static bool KeepsCalendar(Subscription old, PlanSnapshot plan) =>
        old is { Anchor: not null, Status: SubscriptionStatus.Active } && (old.Plan.PeriodUnit, old.Plan.PeriodCount) == (plan.PeriodUnit, plan.PeriodCount)
        && (old.IsPeriodCharged || !Subscription.CostsMoney(plan)) && (old.BillingModel is null || Subscription.CostsMoney(plan));

    // Who has never paid pays first, as everybody who subscribes.
    private static Subscription AwaitingPayment(Subscription next, DateTimeOffset at) =>
        next.FirstPeriodFrom(at) with { Status = SubscriptionStatus.AwaitingPayment, TrialUntil = null, ActivatedAt = null };

    private static Subscription Active(Subscription next, Subscription old, ChangeOfPlan change)
    {
        next = next with { Status = SubscriptionStatus.Active, TrialUntil = null, ActivatedAt = change.At, Billed = Subscription.CostsMoney(next.Plan), BillingModel = RenewedBy(old, change.Target) };
        if (!KeepsCalendar(old, next.Plan))
        {
            // Stripe knows whole seconds only, and its renewals are to be ours.
            return next.BillingModel is null ? next.FirstPeriodFrom(change.At) : next.FirstPeriodFrom(WholeSecond(change.At)) with { PeriodStart = change.At };
        }

        if (!change.AtBoundary)
        {
            return Rest(next, old, old.PeriodIndex) with { PeriodStart = change.At, PeriodEnd = old.PeriodEnd };
        }

        var index = old.PeriodIndex + 1;
        var (start, end) = next.CalendarFrom(old.Anchor!.Value).Period(index);
        return Rest(next, old, index) with { PeriodStart = start, PeriodEnd = end };
    }

    // From a period on that the old one counted. Other seats of the same plan begin no new term: what is left of it goes on.
    private static Subscription Rest(Subscription next, Subscription old, int index) => next with
    {
        PeriodIndex = index, FirstIndex = index,
        Plan = next.PlanId == old.PlanId && next.Plan.TermPeriods is { } term ? next.Plan with { TermPeriods = term - (index - old.FirstIndex) } : next.Plan,
    };

    // Within one integration the model stays; what was free before is billed as its new catalog says.
    private static string? RenewedBy(Subscription old, ChangeTarget target) =>
        !Subscription.CostsMoney(target.Plan) ? null
        : old.IsPeriodCharged ? old.BillingModel
        : target.BillingModel == Subscription.RenewedAtStripe ? target.BillingModel : null;

    private static DateTimeOffset WholeSecond(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
