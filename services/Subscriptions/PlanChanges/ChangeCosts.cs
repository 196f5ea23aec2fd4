using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;

namespace Marketplace.Subscriptions;

/// <summary>What a plan change costs: the same lines in a preview and on the invoice. Base prices are given back and charged by whole seconds of the period, each
/// line rounded once, half away from zero, and their sum to what can be paid in the currency; usage is not part of it, because the old subscription's last closure
/// charges that.</summary>
public static class ChangeCosts
{
    /// <summary>The lines, credits below zero; empty when nothing is charged or given back.</summary>
    /// <param name="old">The subscription as it is.</param>
    /// <param name="next">The one that takes its place.</param>
    /// <param name="change">How.</param>
    /// <param name="unbilled">Periods of the old subscription that have begun and whose base price no invoice has charged yet.</param>
    /// <param name="setupFee">Whether the plan's set-up fee falls due.</param>
    /// <param name="paid">What was paid of the rest of the old one's period and is paid still; null where all of it is.</param>
    public static IReadOnlyList<PlanChangeLine> Of(
        Subscription old, Subscription next, ChangeOfPlan change, IReadOnlyList<PeriodAnswer> unbilled, bool setupFee, long? paid)
    {
        List<RatedLine> lines = [];
        var unused = 0L;
        var currency = CurrencyOf(old, next);
        if (next.Status != SubscriptionStatus.Active)
        {
            return [];
        }

        if (old.IsPeriodCharged && Subscription.CostsMoney(old.Plan))
        {
            var whole = Whole(old);
            foreach (var period in unbilled.Where(p => p.Start < change.At))
            {
                var full = period.Start == old.PeriodStart ? whole : (period.Start, period.End);
                var end = period.End < change.At ? period.End : change.At;
                Add(Rating.Prorate(PlanSeats.BasePrice(old.Plan), currency, full, period.Start, end), old, "used", period.Start, end);
            }

            if (!change.AtBoundary && unbilled.All(p => p.Start != old.PeriodStart))
            {
                unused = Rating.Prorate(PlanSeats.BasePrice(old.Plan), currency, whole, change.At, whole.End);
                Add(-unused, old, "unused", change.At, whole.End);
            }
        }

        if (Subscription.CostsMoney(next.Plan))
        {
            if (setupFee && next.Plan.SetupFee > 0)
            {
                lines.Add(Line(LineKind.SetupFee, $"{Title(next)}: set-up fee", next.Plan.SetupFee, next.PeriodStart!.Value, next.PeriodEnd!.Value));
            }

            var kept = Successor.KeepsCalendar(old, next.Plan) && !change.AtBoundary;
            Add(Rating.Prorate(PlanSeats.BasePrice(next.Plan), currency, kept ? Whole(old) : (next.PeriodStart!.Value, next.PeriodEnd!.Value), next.PeriodStart!.Value, next.PeriodEnd!.Value), next,
                kept ? "rest of the period" : null, next.PeriodStart.Value, next.PeriodEnd.Value);
        }

        // A credit is never more than is paid of what is left: a dearer plan costs the difference, a cheaper one gives back nothing that was given up or went back already.
        // Of what is paid only that counts which can be charged in the currency: rounding the rest up would give back more.
        var credit = -lines.Sum(line => line.Amount);
        if (paid is not null && Math.Clamp(paid.Value - (paid.Value % Currencies.TotalStep(currency)), 0, unused) is var most && credit > most)
        {
            Add(credit - most, old, "not given back, because it was not paid or was given back before", change.At, Whole(old).End);
        }

        return Told(Rating.Chargeable(lines, Title(next), currency));

        void Add(long amount, Subscription of, string? what, DateTimeOffset from, DateTimeOffset to)
        {
            if (amount == 0)
            {
                return;
            }

            string?[] words = [what, PlanSeats.Words(of.Plan), $"{from.UtcDateTime:yyyy-MM-dd HH:mm} to {to.UtcDateTime:yyyy-MM-dd HH:mm}"];
            var line = Line(what is null ? LineKind.BasePrice : LineKind.Proration, $"{Title(of)}: {string.Join(", ", words.OfType<string>())}", amount, from, to);
            // Of a part of a price there is no number of seats that comes to it: it was rounded whole.
            lines.Add(what is null ? line with { Quantity = PlanSeats.Count(of.Plan), UnitAmount = of.Plan.Price.Base } : line);
        }
    }

    /// <summary>What lines charge for the new subscription's first period, less what they give back of the old one's.</summary>
    public static long Prepaid(IEnumerable<PlanChangeLine> lines, ChangeOfPlan change) =>
        lines.Where(line => line.Kind is LineKind.BasePrice or LineKind.Proration && line.PeriodEnd > change.At).Sum(line => line.Amount);

    /// <summary>The first invoice of a subscription that pays before it starts.</summary>
    public static IReadOnlyList<PlanChangeLine> First(Subscription next) =>
        Told(Rating.First(next.ProductTitle, next.Plan, next.PeriodStart!.Value, next.PeriodEnd!.Value));

    /// <summary>The currency of the lines: the new plan's, or the old one's where the new one costs nothing.</summary>
    public static string CurrencyOf(Subscription old, Subscription next) => Subscription.CostsMoney(next.Plan) ? next.Plan.Currency : old.Plan.Currency;

    private static RatedLine Line(string kind, string description, long amount, DateTimeOffset from, DateTimeOffset to) =>
        new(kind, description, null, 1, amount, amount, from, to);

    private static IReadOnlyList<PlanChangeLine> Told(IEnumerable<RatedLine> lines) =>
        [.. lines.Select(l => new PlanChangeLine(l.Kind, l.Description, l.Amount, l.PeriodStart, l.PeriodEnd, l.Quantity, (long)l.UnitAmount))];

    // The period that a whole base price pays for, also where the subscription took over inside it.
    private static (DateTimeOffset Start, DateTimeOffset End) Whole(Subscription subscription) =>
        subscription.CalendarFrom(subscription.Anchor!.Value).Period(subscription.PeriodIndex);

    private static string Title(Subscription subscription) => $"{subscription.ProductTitle} – {subscription.Plan.Title}";
}
