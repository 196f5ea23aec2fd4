namespace Marketplace.Subscriptions;

/// <summary>Windows in which quotas count, in UTC.</summary>
public static class QuotaWindow
{
    /// <summary>The window of an interval that a point in time lies in: a day, a week from Monday, a month, a year, or the given billing period.</summary>
    public static (DateTimeOffset Start, DateTimeOffset End) At(string interval, DateTimeOffset time, (DateTimeOffset Start, DateTimeOffset End) period)
    {
        var day = new DateTimeOffset(time.UtcDateTime.Date, TimeSpan.Zero);
        var start = interval switch
        {
            "day" => day,
            "week" => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            "month" => day.AddDays(1 - day.Day),
            "year" => day.AddDays(1 - day.DayOfYear),
            _ => period.Start,
        };
        return interval switch
        {
            "day" => (start, start.AddDays(1)),
            "week" => (start, start.AddDays(7)),
            "month" => (start, start.AddMonths(1)),
            "year" => (start, start.AddYears(1)),
            _ => period,
        };
    }
}
