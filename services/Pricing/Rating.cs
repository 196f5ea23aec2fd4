using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Pricing;

/// <summary>What plans cost: pure arithmetic, exact until a line is rounded. One rounding per line; an invoice's total is the sum of its lines.</summary>
public static class Rating
{
    /// <summary>The set-up fee, and the base price of the first period in advance. Nothing that costs nothing makes a line.</summary>
    public static IReadOnlyList<RatedLine> First(string product, PlanSnapshot plan, DateTimeOffset from, DateTimeOffset to)
    {
        List<RatedLine> lines = [];
        if (plan.SetupFee > 0 && PeriodPrice.Charges(plan.Price))
        {
            lines.Add(new(LineKind.SetupFee, $"{Head(product, plan)}: set-up fee", null, 1, plan.SetupFee, plan.SetupFee, from, to));
        }

        AddBase(lines, product, plan, from, to);
        return Chargeable(lines, product, plan);
    }

    /// <summary>The consumption of a closed period and of those closed together with it; late usage of earlier ones on lines of its own that name them; the
    /// base price of the period that follows, if one does, and of those that no closure told of before the end. Late usage costs what it would have cost in time: the period rated with it, less the period rated
    /// without it, so that all invoices together come to the period rated whole. Of a volume that can be less than nothing.</summary>
    public static IReadOnlyList<RatedLine> Closed(string product, MeteringPeriodClosed closed)
    {
        var plan = closed.Plan;
        List<RatedLine> lines = [];
        foreach (var (period, isLate) in Periods(closed))
        {
            var entries = closed.Usage.Where(u => u.PeriodStart == period.Start)
                .OrderBy(u => u.Unit, StringComparer.Ordinal).ThenBy(u => u.Overage, StringComparer.Ordinal).ThenBy(u => u.Quantity).ThenBy(u => u.Limit).ThenBy(u => u.Before).ToList();
            var with = PeriodPrice.Of(plan.Price, plan.Currency, [.. entries.Select(e => Units(e, withLate: true))]);
            var without = isLate ? PeriodPrice.Of(plan.Price, plan.Currency, [.. entries.Select(e => Units(e, withLate: false))]) : [];
            lines.AddRange(PricedPart.Difference(with, without).Select(part => part.Line(Head(product, plan), plan.Currency, period, isLate)));
        }

        foreach (var begun in closed.BasePricesDue ?? [])
        {
            AddBase(lines, product, plan, begun.Start, begun.End);
        }

        if (closed is { NextPeriodStart: { } from, NextPeriodEnd: { } to })
        {
            AddBase(lines, product, plan, from, to);
        }

        return Chargeable(lines, product, plan);
    }

    /// <summary>What a period costs under a price: its base price, and so much usage. A preview, without any subscription or period.</summary>
    /// <param name="quantity">Units used, or seats where the price is one of seats.</param>
    public static IReadOnlyList<RatedLine> Estimate(PriceSnapshot price, string currency, long quantity)
    {
        var isSeats = PlanSeats.AreSold(price);
        var parts = PeriodPrice.Of(price, currency, [new(price.Unit ?? PeriodPrice.Transactions, isSeats ? 0 : quantity, 0, null)]);
        List<RatedLine> lines = [.. parts.Select(part => part.Line(currency))];
        if (PeriodPrice.Charges(price) && price.Base > 0)
        {
            lines.Insert(0, new(LineKind.BasePrice, isSeats ? "price of the seats" : "base price", null, isSeats ? quantity : 1, price.Base, PlanSeats.BasePrice(price, quantity), default, default));
        }

        return Chargeable(lines, "total", currency);
    }

    /// <summary>The share of a period's price that falls on a part of it, by whole seconds, rounded once to what a line of the currency can come to, half away from
    /// zero. A part reaching out of the period counts as far as it lies within. Two parts that make up a period may come to one such step more than the whole where both end in a half.</summary>
    public static long Prorate(long amount, string currency, (DateTimeOffset Start, DateTimeOffset End) period, DateTimeOffset from, DateTimeOffset to)
    {
        var (start, end) = (period.Start.ToUnixTimeSeconds(), period.End.ToUnixTimeSeconds());
        var part = Math.Clamp(to.ToUnixTimeSeconds(), start, end) - Math.Clamp(from.ToUnixTimeSeconds(), start, end);
        return part <= 0 ? 0 : MinorUnits.Share(amount, part, end - start, Currencies.LineStep(currency));
    }

    /// <summary>Lines with one more where their sum is no amount that Stripe can charge in the currency: thousandths of a dinar go up or down to hundredths.</summary>
    public static IReadOnlyList<RatedLine> Chargeable(IReadOnlyList<RatedLine> lines, string title, string currency)
    {
        var total = lines.Aggregate(0L, (sum, line) => checked(sum + line.Amount));
        var missing = MinorUnits.Of(total).Round(Currencies.TotalStep(currency)) - total;
        return missing == 0 ? lines :
        [
            .. lines,
            new(LineKind.Rounding, $"{title}: rounded to what can be paid in {currency.ToUpperInvariant()}", null, 1, missing, missing, lines[0].PeriodStart, lines[0].PeriodEnd),
        ];
    }

    private static IReadOnlyList<RatedLine> Chargeable(List<RatedLine> lines, string product, PlanSnapshot plan) => Chargeable(lines, Head(product, plan), plan.Currency);

    // The closed period first, then others from the oldest on. A last closure without a period of its own (nothing between its start and its end) is charged
    // only what was used: no fee and no minimum is due for no time.
    private static IEnumerable<((DateTimeOffset Start, DateTimeOffset End) Period, bool IsLate)> Periods(MeteringPeriodClosed closed)
    {
        var together = (closed.ClosedTogether ?? []).Select(p => (p.Start, p.End)).Where(p => p.Start != closed.PeriodStart).ToList();
        var used = closed.Usage.GroupBy(u => u.PeriodStart).Select(u => (Start: u.Key, End: u.Max(e => e.PeriodEnd))).ToList();
        if (closed.PeriodEnd > closed.PeriodStart || used.Exists(p => p.Start == closed.PeriodStart))
        {
            yield return ((closed.PeriodStart, closed.PeriodEnd), false);
        }

        var others = together.Concat(used.Where(u => u.Start != closed.PeriodStart && !together.Exists(t => t.Start == u.Start)));
        foreach (var period in others.OrderBy(p => p.Start))
        {
            yield return (period, !together.Contains(period));
        }
    }

    private static QuotaUnits Units(PeriodUsage usage, bool withLate)
    {
        var above = usage is { Overage: not null, Limit: { } limit } ? Math.Max(0, usage.Quantity - limit) : 0;
        return withLate
            ? new(usage.Unit, checked(usage.Before + usage.Quantity), checked(usage.BeforeAbove + above), usage.Overage)
            : new(usage.Unit, usage.Before, usage.BeforeAbove, usage.Overage);
    }

    private static void AddBase(List<RatedLine> lines, string product, PlanSnapshot plan, DateTimeOffset from, DateTimeOffset to)
    {
        if (PeriodPrice.Charges(plan.Price) && plan.Price.Base > 0)
        {
            var seats = PlanSeats.Words(plan) is { } words ? $"{words}, " : "";
            lines.Add(new(LineKind.BasePrice, $"{Head(product, plan)}: {seats}{PricedPart.Span((from, to))}", null, PlanSeats.Count(plan), plan.Price.Base, PlanSeats.BasePrice(plan), from, to));
        }
    }

    private static string Head(string product, PlanSnapshot plan) => $"{product} – {plan.Title}";
}
