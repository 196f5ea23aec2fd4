namespace Marketplace.Gateway.Runtime;

/// <summary>A token bucket: <paramref name="limit"/> calls per <paramref name="seconds"/>, all of them at once at most. Each gateway counts for itself.
/// Counts by the real clock, which a test clock does not move.</summary>
public sealed class CallRate(int limit, int seconds)
{
    private readonly Lock gate = new();
    private double tokens = limit;
    private long refilledAt = TimeProvider.System.GetTimestamp();

    /// <summary>Calls allowed per window.</summary>
    public int Limit => limit;

    /// <summary>Length of the window.</summary>
    public int Seconds => seconds;

    /// <summary>Takes one call if there is one.</summary>
    /// <param name="left">Calls that may follow at once.</param>
    /// <param name="next">When the next call may come.</param>
    /// <param name="full">When all calls of a window are there again.</param>
    public bool Take(out int left, out TimeSpan next, out TimeSpan full)
    {
        lock (gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            tokens = Math.Min(limit, tokens + (TimeProvider.System.GetElapsedTime(refilledAt, now).TotalSeconds * limit / seconds));
            refilledAt = now;
            var taken = tokens >= 1;
            tokens -= taken ? 1 : 0;
            left = (int)tokens;
            next = tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - tokens) * seconds / limit);
            full = TimeSpan.FromSeconds((limit - tokens) * seconds / limit);
            return taken;
        }
    }
}
