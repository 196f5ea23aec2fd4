using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary><c>billing_cycle_anchor_config</c>: a day of the month (and of a month, at an hour) that the cycle is to begin on.</summary>
public static class AnchorConfig
{
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

    private static double Of(JsonObject config, string name, int otherwise) => config[name] is null ? otherwise : config.Long(name);
}
