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
    public CallRateState Take() => Change(one: 1);

    /// <summary>Gives a call back that another limit refused.</summary>
    public CallRateState GiveBack() => Change(one: -1);

    /// <summary>How it stands, with nothing taken.</summary>
    public CallRateState Look() => Change(one: 0);

    private CallRateState Change(int one)
    {
        lock (gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            tokens = Math.Min(limit, tokens + (TimeProvider.System.GetElapsedTime(refilledAt, now).TotalSeconds * limit / seconds));
            refilledAt = now;
            var taken = tokens >= one;
            tokens = Math.Min(limit, tokens - (taken ? one : 0));
            return new(
                taken, (int)tokens, tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - tokens) * seconds / limit), TimeSpan.FromSeconds((limit - tokens) * seconds / limit));
        }
    }
}

/// <summary>How a limit on calls stands.</summary>
/// <param name="Taken">Whether the call was let through.</param>
/// <param name="Left">Calls that may follow at once.</param>
/// <param name="Next">When the next call may come.</param>
/// <param name="Full">When all calls of a window are there again.</param>
public readonly record struct CallRateState(bool Taken, int Left, TimeSpan Next, TimeSpan Full);
