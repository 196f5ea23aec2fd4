using Marketplace.Contracts.Catalog;

namespace Marketplace.Pricing;

/// <summary>Billing periods in UTC. The first runs from its start to the same day of the next unit at 00:00; later ones follow without gap.
/// A day that a month lacks is its last one; the anchor's own day comes back afterwards.</summary>
/// <param name="Anchor">Start of the first period (UTC).</param>
/// <param name="Unit"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>.</param>
/// <param name="Count">Units per period.</param>
/// <param name="ToTheSecond">Periods end at the time of day at which the first began, as Stripe's do, and not at 00:00.</param>
public sealed record BillingCalendar(DateTimeOffset Anchor, string Unit, int Count, bool ToTheSecond = false)
{
    /// <summary>The calendar of a subscription to a plan whose first period starts at <paramref name="anchor"/>.</summary>
    public static BillingCalendar Of(DateTimeOffset anchor, PlanSnapshot plan, bool toTheSecond) => new(anchor, plan.PeriodUnit, plan.PeriodCount, toTheSecond);

    /// <summary>The period of a number, 0 for the first.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) Period(int index) => (Boundary(index), Boundary(index + 1));

    /// <summary>The number of the period that a point in time lies in; 0 for any time before.</summary>
    public int IndexAt(DateTimeOffset time)
    {
        var days = (time - Anchor).TotalDays;
        var longest = Unit switch { "day" => 1.0, "week" => 7.0, "month" => 31.0, _ => 366.0 } * Count;
        var index = Math.Max(0, (int)(days / longest) - 1);
        while (Boundary(index + 1) <= time)
        {
            index++;
        }

        return index;
    }

    /// <summary>The first boundary after a time.</summary>
    public DateTimeOffset After(DateTimeOffset time) => Period(IndexAt(time)).End;

    /// <summary>Whether a period begins at a time.</summary>
    public bool Begins(DateTimeOffset time) => Period(IndexAt(time)).Start == time;

    private DateTimeOffset Boundary(int number)
    {
        if (number == 0)
        {
            return Anchor;
        }

        var day = ToTheSecond ? Anchor : new DateTimeOffset(Anchor.UtcDateTime.Date, TimeSpan.Zero);
        var units = number * Count;
        return Unit switch
        {
            "day" => day.AddDays(units),
            "week" => day.AddDays(7 * units),
            "month" => day.AddMonths(units),
            "year" => day.AddYears(units),
            _ => throw new InvalidOperationException($"'{Unit}' is no billing period."),
        };
    }
}
