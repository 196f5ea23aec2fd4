using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Gateway.Metering;

/// <summary>One window of one strict quota as this gateway holds it: units leased from Subscriptions, units used of them.
/// A unit is reserved before the call and given back when the call does not count, so that the limit is exact. How many of a provider's own units a call uses is
/// known only from its answer: one is reserved until then, and the limit can be passed by what the calls under way at that moment use.</summary>
public sealed class QuotaWindow(string subscriptionId, QuotaEntitlement quota, DateTimeOffset start, DateTimeOffset end, Leases leases)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private QuotaEntitlement present = quota;
    private Task? refill;
    private bool begun;
    private long granted;
    private long used;
    private long unheld = quota.Limit!.Value;
    private long waiting;
    private long emptyAt;
    private long failedAt;
    private long touchedAt;

    /// <summary>Start of the window (UTC).</summary>
    public DateTimeOffset Start => start;

    /// <summary>End of the window (UTC), exclusive; far away when it is not known yet.</summary>
    public DateTimeOffset End => end;

    /// <summary>The provider's own unit that it counts; null for transactions.</summary>
    public string? Unit { get; } = OwnUnit(quota);

    /// <summary>The provider's own unit that a quota counts; null for transactions, of which every call is one.</summary>
    public static string? OwnUnit(QuotaEntitlement quota) => quota.Unit == "transactions" ? null : quota.Unit;

    /// <summary>How long nobody has asked it for a unit.</summary>
    public TimeSpan Idle => TimeSpan.FromMilliseconds(Environment.TickCount64 - Interlocked.Read(ref touchedAt));

    private long Limit => present.Limit!.Value;

    // What is leased ahead shrinks with what is left, so that little of the limit lies unused at one gateway while another refuses.
    private long Step => Math.Max(waiting, Math.Clamp(unheld / 8, 1, 10_000));

    /// <summary>Takes over the quota's newest facts: a changed plan changes the limit of a window that has begun.</summary>
    public void Follow(QuotaEntitlement facts)
    {
        if (!ReferenceEquals(facts, present))
        {
            lock (gate)
            {
                (present, emptyAt) = (facts, 0);
            }
        }
    }

    /// <summary>Takes one unit. False when the quota is used up.</summary>
    /// <exception cref="HttpRequestException">More units are needed and Subscriptions is away.</exception>
    public ValueTask<bool> Reserve()
    {
        Interlocked.Exchange(ref touchedAt, Environment.TickCount64);
        lock (gate)
        {
            return TryTake() is { } taken ? new(taken) : new(AskAndTake());
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

    /// <summary>Counts what a call really used in place of the one unit that was reserved for it.</summary>
    public void Settle(long units)
    {
        lock (gate)
        {
            used += units - 1;
        }
    }

    // Under the gate. Null when more has to be asked for.
    private bool? TryTake()
    {
        if (!begun)
        {
            return null;
        }

        if (used < Math.Min(granted, Limit))
        {
            used++;
            if (granted < Limit && granted - used < Step / 2 && !Recent(failedAt) && !Recent(emptyAt))
            {
                // Ahead of need; a failure here shows when the units are really needed.
                _ = Ask();
            }

            return true;
        }

        return granted >= Limit || Recent(emptyAt) ? false : null;
    }

    private async Task<bool> AskAndTake()
    {
        while (true)
        {
            Task asked;
            lock (gate)
            {
                if (TryTake() is { } taken)
                {
                    return taken;
                }

                // A hanging Subscriptions must not make every call wait for it.
                if (Recent(failedAt))
                {
                    throw new HttpRequestException("Subscriptions did not answer a moment ago.");
                }

                waiting++;
                asked = Ask();
            }

            try
            {
                await asked;
            }
            finally
            {
                lock (gate)
                {
                    waiting--;
                }
            }
        }
    }

    private static bool Recent(long timestamp) => timestamp != 0 && TimeProvider.System.GetElapsedTime(timestamp) < AskAgain;

    // Under the gate; at most one request is under way.
    private Task Ask() => refill is { IsCompleted: false } ? refill : refill = Lease(present, Math.Min(Limit, Math.Max(granted, used) + Step));

    private async Task Lease(QuotaEntitlement facts, long wanted)
    {
        await Task.Yield();
        var answered = false;
        try
        {
            var (answer, usedBefore) = await leases.Ask(subscriptionId, facts, start, end, wanted);
            lock (gate)
            {
                // Units that this gateway used in this window before it was started again.
                used = begun ? used : usedBefore;
                (granted, unheld) = (answer.Granted, answer.Left);
                emptyAt = granted <= used && (begun || unheld == 0) ? TimeProvider.System.GetTimestamp() : 0;
                begun = true;
            }

            answered = true;
        }
        finally
        {
            lock (gate)
            {
                failedAt = answered ? 0 : TimeProvider.System.GetTimestamp();
            }
        }
    }
}
