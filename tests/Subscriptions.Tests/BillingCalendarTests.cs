using FsCheck;
using FsCheck.Fluent;
using Marketplace.Pricing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class BillingCalendarTests
{
    private static readonly Arbitrary<BillingCalendar> Calendars =
        (from minutes in Gen.Choose(0, 4 * 366 * 24 * 60)
         from unit in Gen.Elements("day", "week", "month", "year")
         from count in Gen.Choose(1, 6)
         select new BillingCalendar(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(minutes), unit, count)).ToArbitrary();

    [Fact]
    public void Periods_tile_without_gap_or_overlap_for_fifty_years() => Prop.ForAll(Calendars, calendar =>
        Enumerable.Range(0, 600).TakeWhile(i => calendar.Period(i).Start.Year < 2074).All(i =>
            calendar.Period(i).Start < calendar.Period(i).End && calendar.Period(i).End == calendar.Period(i + 1).Start)).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    [Fact]
    public void Every_instant_lies_in_the_period_that_its_index_names() => Prop.ForAll(Calendars, calendar =>
        Enumerable.Range(0, 60).All(i =>
            calendar.IndexAt(calendar.Period(i).Start) == i && calendar.IndexAt(calendar.Period(i).End.AddTicks(-1)) == i)).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    [Fact]
    public void Every_boundary_is_midnight_on_the_anchor_s_day_or_the_month_s_last() => Prop.ForAll(Calendars, calendar =>
        Enumerable.Range(0, 60).Select(i => calendar.Period(i).End).All(end =>
            end.TimeOfDay == TimeSpan.Zero && (calendar.Unit is "day" or "week"
                || end.Day == Math.Min(calendar.Anchor.Day, DateTime.DaysInMonth(end.Year, end.Month))))).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    [Fact]
    public void A_month_that_lacks_the_anchor_s_day_ends_on_its_last_and_the_day_comes_back()
    {
        var calendar = new BillingCalendar(new(2027, 12, 31, 9, 30, 0, TimeSpan.Zero), "month", 1);

        Assert.Equal(
            ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"],
            Enumerable.Range(0, 5).Select(i => calendar.Period(i).End.ToString("yyyy-MM-dd")));
    }

    [Fact]
    public void A_leap_day_comes_back_after_four_years()
    {
        var calendar = new BillingCalendar(new(2028, 2, 29, 0, 0, 0, TimeSpan.Zero), "year", 1);

        Assert.Equal(["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"], Enumerable.Range(0, 4).Select(i => calendar.Period(i).End.ToString("yyyy-MM-dd")));
    }

    [Theory]
    [InlineData("day", "2026-01-15", "2026-01-16")]
    [InlineData("week", "2026-01-12", "2026-01-19")]
    [InlineData("month", "2026-01-01", "2026-02-01")]
    [InlineData("year", "2026-01-01", "2027-01-01")]
    public void Quota_windows_follow_the_calendar_in_UTC(string interval, string start, string end)
    {
        var window = QuotaWindow.At(interval, new(2026, 1, 15, 23, 59, 59, TimeSpan.Zero), default);

        Assert.Equal((start, end), (window.Start.ToString("yyyy-MM-dd"), window.End.ToString("yyyy-MM-dd")));
    }
}
