using System.Globalization;

namespace Marketplace.Gateway.Runtime;

/// <summary>The limits on how fast calls come, and what callers are told of them
/// (<c>RateLimit</c> and <c>RateLimit-Policy</c>: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).</summary>
public static class CallLimits
{
    private const string RatePolicy = "rate";
    private const string BurstPolicy = "burst";

    /// <summary>Takes a call from both limits, or from neither; how long to wait when one refuses, else null.</summary>
    public static TimeSpan? Refuse(HttpContext context, CallRate? rate, CallRate? burst)
    {
        if (rate is null || burst is null)
        {
            return (rate ?? burst) is { } only ? Refuse(context, only, burst is null ? RatePolicy : BurstPolicy) : null;
        }

        var (first, second) = (rate.Take(), burst.Look());
        if (first.Taken)
        {
            second = burst.Take();
            first = second.Taken ? first : rate.GiveBack() with { Taken = true };
        }

        context.Response.Headers["RateLimit-Policy"] = $"{Policy(RatePolicy, rate.Limit, rate.Seconds)}, {Policy(BurstPolicy, burst.Limit, burst.Seconds)}";
        context.Response.Headers["RateLimit"] = $"{State(RatePolicy, first.Left, first.Full)}, {State(BurstPolicy, second.Left, second.Full)}";
        return !first.Taken ? first.Next > second.Next ? first.Next : second.Next : second.Taken ? null : second.Next;
    }

    /// <summary>Tells one limit.</summary>
    public static void Tell(HttpContext context, string policy, long limit, long window, long left, TimeSpan reset)
    {
        context.Response.Headers["RateLimit-Policy"] = Policy(policy, limit, window);
        context.Response.Headers["RateLimit"] = State(policy, left, reset);
    }

    private static TimeSpan? Refuse(HttpContext context, CallRate limit, string policy)
    {
        var state = limit.Take();
        Tell(context, policy, limit.Limit, limit.Seconds, state.Left, state.Full);
        return state.Taken ? null : state.Next;
    }

    private static string Policy(string policy, long limit, long window) => string.Create(CultureInfo.InvariantCulture, $"\"{policy}\";q={limit};w={window}");

    private static string State(string policy, long left, TimeSpan reset) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{policy}\";r={left};t={(long)Math.Ceiling(reset.TotalSeconds)}");
}
