using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary><c>billing_cycle_anchor_config</c>: a day of the month (and of a month, at an hour) that the cycle is to begin on.</summary>
public static class AnchorConfig
{
    // A price of whole years in February meets the 29th within eight of them, and the 31st never.
    private const int MostSteps = 8;

    /// <summary>The first such time after now; a day that a month lacks is its last one.</summary>
    public static long Next(JsonObject config, string interval, long now)
    {
        if (interval is not ("month" or "year"))
        {
            throw StripeException.Invalid("`billing_cycle_anchor_config` can only be used with monthly or yearly prices.", "billing_cycle_anchor_config");
        }

        foreach (var (name, least, most) in (ReadOnlySpan<(string, long, long)>)[("day_of_month", 1, 31), ("month", 1, 12), ("hour", 0, 23), ("minute", 0, 59), ("second", 0, 59)])
        {
            if (config[name] is not null && (config.Long(name) < least || config.Long(name) > most))
            {
                throw StripeException.Invalid($"This value must be between {least} and {most}.", $"billing_cycle_anchor_config[{name}]", "parameter_invalid_integer");
            }
        }

        var from = DateTimeOffset.FromUnixTimeSeconds(now);
        var month = new DateTimeOffset(from.Year, from.Month, 1, 0, 0, 0, TimeSpan.Zero);
        for (; ; month = month.AddMonths(1))
        {
            if (config["month"] is not null && config.Long("month") != month.Month)
            {
                continue;
            }

            var day = (int)Math.Min(config.Long("day_of_month"), DateTime.DaysInMonth(month.Year, month.Month));
            var time = month.AddDays(day - 1)
                .AddHours(Of(config, "hour", from.Hour)).AddMinutes(Of(config, "minute", from.Minute)).AddSeconds(Of(config, "second", from.Second));
            if (time > from)
            {
                return time.ToUnixTimeSeconds();
            }
        }
    }

    /// <summary>The time from which the periods of a price count: the anchor, or where the configured day is later than its month has days, the last interval before it that begins on that day.
    /// So an anchor at the end of February that was asked for as the 31st renews on March 31.</summary>
    public static long Grid(JsonObject price, JsonObject subscription)
    {
        var anchor = subscription.Long("billing_cycle_anchor");
        var from = DateTimeOffset.FromUnixTimeSeconds(anchor);
        if (subscription["billing_cycle_anchor_config"] is not JsonObject config || config.Long("day_of_month") is var day && day <= from.Day)
        {
            return anchor;
        }

        var (interval, count) = Period.Of(price);
        var months = (int)count * (interval == "year" ? 12 : 1);
        for (var back = 1; back <= MostSteps; back++)
        {
            var month = from.AddDays(1 - from.Day).AddMonths(-back * months);
            if (DateTime.DaysInMonth(month.Year, month.Month) >= day)
            {
                return month.AddDays(day - 1).ToUnixTimeSeconds();
            }
        }

        return anchor;
    }

    private static double Of(JsonObject config, string name, int otherwise) => config[name] is null ? otherwise : config.Long(name);
}
