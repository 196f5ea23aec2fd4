namespace Marketplace.Gateway.Metering;

/// <summary>Which calls have started and are not in the journal yet, by the second of their start: until when is everything settled?</summary>
public sealed class InFlight(TimeProvider clock)
{
    private const int Slots = 1024;
    private readonly Lock[] gates = [.. Enumerable.Range(0, Slots).Select(_ => new Lock())];
    private readonly long[] seconds = new long[Slots];
    private readonly int[] counts = new int[Slots];

    /// <summary>A call starts. Its start is read after it is registered, so that it cannot fall behind a watermark taken meanwhile.</summary>
    public Started Begin()
    {
        while (true)
        {
            var second = clock.GetUtcNow().ToUnixTimeSeconds();
            var slot = (int)(second % Slots);
            lock (gates[slot])
            {
                // A slot still held by a call of another second (a very long one, or a moved clock) counts for that earlier second.
                if (counts[slot] == 0)
                {
                    seconds[slot] = second;
                }

                if (seconds[slot] <= second)
                {
                    counts[slot]++;
                    return new Started(this, slot, clock.GetUtcNow());
                }
            }
        }
    }

    /// <summary>Every call that started before this instant has ended and, if it was metered, is in the journal.</summary>
    public DateTimeOffset SettledThrough()
    {
        var settled = clock.GetUtcNow();
        for (var slot = 0; slot < Slots; slot++)
        {
            lock (gates[slot])
            {
                if (counts[slot] > 0 && seconds[slot] < settled.ToUnixTimeSeconds() + 1)
                {
                    var oldest = DateTimeOffset.FromUnixTimeSeconds(seconds[slot]);
                    settled = oldest < settled ? oldest : settled;
                }
            }
        }

        return settled;
    }

    private void End(int slot)
    {
        lock (gates[slot])
        {
            counts[slot]--;
        }
    }

    /// <summary>A registered call; dispose it after it is journalled or known not to count.</summary>
    public readonly struct Started(InFlight owner, int slot, DateTimeOffset at) : IDisposable
    {
        /// <summary>When the call started.</summary>
        public DateTimeOffset At => at;

        /// <inheritdoc/>
        public void Dispose() => owner.End(slot);
    }
}
