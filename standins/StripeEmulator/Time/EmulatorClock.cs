namespace Marketplace.StripeEmulator.Time;

/// <summary>The emulator's time: the machine's plus an offset that only grows.</summary>
public sealed class EmulatorClock(TimeSpan start) : TimeProvider
{
    private long offsetTicks = Math.Max(0, start.Ticks);

    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref offsetTicks));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    /// <summary>Seconds since 1970, as Stripe's objects carry them.</summary>
    public long Seconds => GetUtcNow().ToUnixTimeSeconds();

    public long Milliseconds => GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes an offset that was in force before, unless the present one is further ahead.</summary>
    internal void Restore(TimeSpan offset) => Interlocked.Exchange(ref offsetTicks, Math.Max(offsetTicks, offset.Ticks));

    /// <summary>Moves to the given time if it lies ahead.</summary>
    internal void MoveTo(DateTimeOffset time)
    {
        var ahead = time - System.GetUtcNow();
        if (ahead > Offset)
        {
            Restore(ahead);
        }
    }
}
