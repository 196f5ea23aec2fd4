using System.Numerics;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Subscriptions;

/// <summary>What a plan change costs: the same lines in a preview and on the invoice. Base prices are given back and charged by whole seconds of the period, each
/// line rounded once, half away from zero; usage is not part of it, because the old subscription's last closure charges that.</summary>
public static class ChangeCosts
{
    /// <summary>The lines, credits below zero; empty when nothing is charged or given back.</summary>
    /// <param name="old">The subscription as it is.</param>
    /// <param name="next">The one that takes its place.</param>
    /// <param name="change">How.</param>
    /// <param name="unbilled">Periods of the old subscription that have begun and whose base price no invoice has charged yet.</param>
    /// <param name="setupFee">Whether the plan's set-up fee falls due.</param>
    public static IReadOnlyList<PlanChangeLine> Of(
        Subscription old, Subscription next, ChangeOfPlan change, IReadOnlyList<PeriodAnswer> unbilled, bool setupFee)
    {
        List<PlanChangeLine> lines = [];
        if (next.Status != SubscriptionStatus.Active)
        {
            return lines;
        }

        if (old.IsPeriodCharged && Successor.Charges(old.Plan))
        {
            var whole = Whole(old);
            foreach (var period in unbilled.Where(p => p.Start < change.At))
            {
                var full = period.Start == old.PeriodStart ? whole : (period.Start, period.End);
                var end = period.End < change.At ? period.End : change.At;
                Add(Share(old.Plan.Price.Base, full, period.Start, end), old, "used", period.Start, end);
            }

            if (!change.AtBoundary && unbilled.All(p => p.Start != old.PeriodStart))
            {
                Add(-Share(old.Plan.Price.Base, whole, change.At, whole.End), old, "unused", change.At, whole.End);
            }
        }

        if (Successor.Charges(next.Plan))
        {
            if (setupFee && next.Plan.SetupFee > 0)
            {
                lines.Add(new("setup_fee", $"{Title(next)}: set-up fee", next.Plan.SetupFee, next.PeriodStart!.Value, next.PeriodEnd!.Value));
            }

            var kept = Successor.KeepsCalendar(old, next.Plan) && !change.AtBoundary;
            Add(Share(next.Plan.Price.Base, kept ? Whole(old) : (next.PeriodStart!.Value, next.PeriodEnd!.Value), next.PeriodStart!.Value, next.PeriodEnd!.Value), next,
                kept ? "rest of the period" : null, next.PeriodStart.Value, next.PeriodEnd.Value);
        }

        return lines;

        void Add(long amount, Subscription of, string? what, DateTimeOffset from, DateTimeOffset to)
        {
            if (amount != 0)
            {
                lines.Add(new(
                    what is null ? "base" : "proration", $"{Title(of)}: {(what is null ? "" : $"{what}, ")}{from.UtcDateTime:yyyy-MM-dd HH:mm} to {to.UtcDateTime:yyyy-MM-dd HH:mm}",
                    amount, from, to));
            }
        }
    }

    /// <summary>The first invoice of a subscription that pays before it starts.</summary>
    public static IReadOnlyList<PlanChangeLine> First(Subscription next)
    {
        var (from, to, plan) = (next.PeriodStart!.Value, next.PeriodEnd!.Value, next.Plan);
        return
        [
            .. plan.SetupFee > 0 ? [new PlanChangeLine("setup_fee", $"{Title(next)}: set-up fee", plan.SetupFee, from, to)] : Array.Empty<PlanChangeLine>(),
            .. plan.Price.Base > 0 ? [new PlanChangeLine("base", $"{Title(next)}: {from.UtcDateTime:yyyy-MM-dd} to {to.UtcDateTime:yyyy-MM-dd}", plan.Price.Base, from, to)] : Array.Empty<PlanChangeLine>(),
        ];
    }

    /// <summary>The share of an amount that falls on a part of a period, by whole seconds.</summary>
    public static long Share(long amount, (DateTimeOffset Start, DateTimeOffset End) period, DateTimeOffset from, DateTimeOffset to)
    {
        var whole = period.End.ToUnixTimeSeconds() - period.Start.ToUnixTimeSeconds();
        var part = Math.Clamp(to.ToUnixTimeSeconds() - from.ToUnixTimeSeconds(), 0, whole);
        return part == whole ? amount : (long)(((2 * (BigInteger)amount * part) + whole) / (2 * (BigInteger)whole));
    }

    // The period that a whole base price pays for, also where the subscription took over inside it.
    private static (DateTimeOffset Start, DateTimeOffset End) Whole(Subscription subscription) =>
        BillingCalendar.Of(subscription.Anchor!.Value, subscription.Plan).Period(subscription.PeriodIndex);

    private static string Title(Subscription subscription) => $"{subscription.ProductTitle} – {subscription.Plan.Title}";
}
