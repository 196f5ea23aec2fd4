using System.Globalization;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Invoicing;

/// <summary>One line of an invoice.</summary>
/// <param name="Kind"><c>setup_fee</c>, <c>base</c>, <c>usage</c> or <c>overage</c>.</param>
/// <param name="Unit">The consumption unit of usage lines.</param>
/// <param name="UnitAmount">Minor units, up to 12 decimal places.</param>
/// <param name="Amount">Minor units: quantity × unit amount, rounded once, half away from zero.</param>
/// <param name="PeriodEnd">Exclusive (UTC).</param>
public sealed record RatedLine(
    string Kind, string Description, string? Unit, long Quantity, decimal UnitAmount, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>What plans cost: pure arithmetic on decimals. One rounding per line; an invoice's total is the sum of its lines.</summary>
public static class Rating
{
    /// <summary>The set-up fee, and the base price of the first period in advance. Nothing that costs nothing makes a line.</summary>
    public static IReadOnlyList<RatedLine> First(string product, PlanSnapshot plan, DateTimeOffset from, DateTimeOffset to)
    {
        List<RatedLine> lines = [];
        if (plan.SetupFee > 0)
        {
            lines.Add(new("setup_fee", $"{product} – {plan.Title}: set-up fee", null, 1, plan.SetupFee, plan.SetupFee, from, to));
        }

        AddBase(lines, product, plan, from, to);
        return lines;
    }

    /// <summary>The consumption of a closed period, late usage of earlier periods on lines of its own that name them, and the base price of the
    /// period that follows, if one does.</summary>
    public static IReadOnlyList<RatedLine> Closed(string product, MeteringPeriodClosed closed)
    {
        List<RatedLine> lines = [];
        foreach (var usage in closed.Usage.OrderByDescending(u => u.PeriodStart == closed.PeriodStart).ThenBy(u => u.PeriodStart).ThenBy(u => u.Unit, StringComparer.Ordinal))
        {
            AddUsage(lines, product, closed.Plan, usage, late: usage.PeriodStart != closed.PeriodStart);
        }

        if (closed is { NextPeriodStart: { } from, NextPeriodEnd: { } to })
        {
            AddBase(lines, product, closed.Plan, from, to);
        }

        return lines;
    }

    /// <summary>Rounds minor units to whole ones, half away from zero.</summary>
    public static long Round(decimal minor) => (long)Math.Round(minor, 0, MidpointRounding.AwayFromZero);

    private static void AddBase(List<RatedLine> lines, string product, PlanSnapshot plan, DateTimeOffset from, DateTimeOffset to)
    {
        if (plan.Price.Model != "free" && plan.Price.Base > 0)
        {
            lines.Add(new("base", $"{product} – {plan.Title}: {Period(from, to)}", null, 1, plan.Price.Base, plan.Price.Base, from, to));
        }
    }

    // Units up to the limit at the unit price; above it at the overage price where the quota names one, else at the unit price too.
    private static void AddUsage(List<RatedLine> lines, string product, PlanSnapshot plan, PeriodUsage usage, bool late)
    {
        var over = usage is { Overage: not null, Limit: { } limit } ? Math.Max(0, usage.Quantity - limit) : 0;
        if (plan.Price is { Model: "unit", UnitAmount: { } unitAmount })
        {
            Add("usage", usage.Quantity - over, Parse(unitAmount), "");
        }

        if (over > 0)
        {
            Add("overage", over, Parse(usage.Overage!), $" above {usage.Limit}");
        }

        void Add(string kind, long quantity, decimal price, string above)
        {
            if (quantity > 0 && price > 0)
            {
                lines.Add(new(
                    kind,
                    $"{product} – {plan.Title}: {quantity} {usage.Unit}{above} at {Currencies.Print(price, plan.Currency)}{(late ? ", late usage of" : ",")} {Period(usage.PeriodStart, usage.PeriodEnd)}",
                    usage.Unit, quantity, price, Round(quantity * price), usage.PeriodStart, usage.PeriodEnd));
            }
        }
    }

    private static decimal Parse(string amount) => decimal.Parse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static string Period(DateTimeOffset from, DateTimeOffset to) => $"{from.UtcDateTime:yyyy-MM-dd} to {to.UtcDateTime:yyyy-MM-dd}";
}
