using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Gateway.Metering;

/// <summary>One window of one strict quota as this gateway holds it: units leased from Subscriptions, units used of them.
/// A unit is reserved before the call and given back when the call does not count, so that the limit is exact.</summary>
public sealed class QuotaWindow(string subscriptionId, QuotaEntitlement quota, DateTimeOffset start, Leases leases)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly long limit = quota.Limit!.Value;
    private Task<bool>? refill;
    private bool begun;
    private long granted;
    private long used;
    private long emptySince;

    /// <summary>Start of the window (UTC).</summary>
    public DateTimeOffset Start => start;

    /// <summary>The limit this window was made for.</summary>
    public long Limit => limit;

    /// <summary>Units of the limit that this gateway may still pass out of what it holds.</summary>
    public long Left
    {
        get
        {
            lock (gate)
            {
                return Math.Max(0, granted - used);
            }
        }
    }

    /// <summary>Takes one unit. False when the quota is used up.</summary>
    /// <exception cref="HttpRequestException">More units are needed and Subscriptions is away.</exception>
    public async ValueTask<bool> Reserve()
    {
        while (true)
        {
            Task<bool> asked;
            lock (gate)
            {
                if (begun && used < granted)
                {
                    used++;
                    if (granted < limit && granted - used < Chunk / 2)
                    {
                        // Ahead of need; a failure here shows when the units are really needed.
                        _ = Ask();
                    }

                    return true;
                }

                if (begun && (granted >= limit || RecentlyEmpty()))
                {
                    return false;
                }

                asked = Ask();
            }

            if (!await asked)
            {
                lock (gate)
                {
                    if (used >= granted)
                    {
                        return false;
                    }
                }
            }
        }
    }

    /// <summary>Gives back a unit whose call did not count.</summary>
    public void Release()
    {
        lock (gate)
        {
            used--;
        }
    }

    private long Chunk => Math.Clamp(limit / 10, 10, 10_000);

    private bool RecentlyEmpty() => emptySince != 0 && TimeProvider.System.GetElapsedTime(emptySince) < AskAgain;

    // Called under the lock; at most one request is under way.
    private Task<bool> Ask() => refill is { IsCompleted: false } ? refill : refill = Lease(begun ? Math.Min(limit, Math.Max(granted, used + Chunk)) : 0);

    // True when the window now holds units that are not used.
    private async Task<bool> Lease(long wanted)
    {
        await Task.Yield();
        var (answer, usedBefore) = await leases.Ask(subscriptionId, quota, start, wanted);
        lock (gate)
        {
            if (!begun)
            {
                // Units that this gateway used in this window before it was started again.
                used = usedBefore;
                begun = true;
                granted = answer.Granted;
                return true;
            }

            granted = answer.Granted;
            emptySince = granted <= used && answer.Left == 0 ? TimeProvider.System.GetTimestamp() : 0;
            return granted > used;
        }
    }
}
