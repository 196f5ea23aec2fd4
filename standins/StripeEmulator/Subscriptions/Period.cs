using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>
/// A span that a price is billed for. Boundaries are counted from the anchor, not from one another: a month that begins on the 31st
/// ends on the last day of a shorter month and on the 31st again after it.
/// </summary>
public readonly record struct Period(long Start, long End)
{
    /// <summary>The period of the price that holds the time, on the grid of the anchor.</summary>
    public static Period Holding(JsonObject price, long anchor, long time)
    {
        var step = Step(price, anchor, time);
        while (Boundary(price, anchor, step) > time)
        {
            step--;
        }

        while (Boundary(price, anchor, step + 1) <= time)
        {
            step++;
        }

        return new Period(Boundary(price, anchor, step), Boundary(price, anchor, step + 1));
    }

    /// <summary>The first boundary of the grid after the time.</summary>
    public static long EndAfter(JsonObject price, long anchor, long time) => Holding(price, anchor, time).End;

    /// <summary>The period of the price that holds the time, as the subscription counts.</summary>
    public static Period Holding(JsonObject price, JsonObject subscription, long time) => Holding(price, AnchorConfig.Grid(price, subscription), time);

    /// <summary>The first boundary after the time, as the subscription counts.</summary>
    public static long EndAfter(JsonObject price, JsonObject subscription, long time) => EndAfter(price, AnchorConfig.Grid(price, subscription), time);

    /// <summary>The whole period of the price that ends then.</summary>
    public static Period EndingAt(JsonObject price, long end) => Holding(price, end, end - 1);

    /// <summary>The time, one interval of the price later.</summary>
    public static long Later(JsonObject price, long time) => Boundary(price, time, 1);

    public static (string Interval, long Count) Of(JsonObject price)
    {
        var recurring = price["recurring"]!.AsObject();
        return (recurring.Text("interval")!, recurring.Long("interval_count"));
    }

    /// <summary>The part of this period after the time, as a fraction.</summary>
    public decimal Left(long time) => End == Start ? 0 : (decimal)(End - Math.Clamp(time, Start, End)) / (End - Start);

    private static long Boundary(JsonObject price, long anchor, long step)
    {
        var (interval, count) = Of(price);
        var from = DateTimeOffset.FromUnixTimeSeconds(anchor);
        var steps = (int)(step * count);
        return (interval switch
        {
            "day" => from.AddDays(steps),
            "week" => from.AddDays(7.0 * steps),
            "month" => from.AddMonths(steps),
            _ => from.AddMonths(12 * steps),
        }).ToUnixTimeSeconds();
    }

    private static long Step(JsonObject price, long anchor, long time)
    {
        var (interval, count) = Of(price);
        var days = interval switch { "day" => 1, "week" => 7, "month" => 31, _ => 366 };
        return (time - anchor) / (days * 86_400L * count);
    }
}
