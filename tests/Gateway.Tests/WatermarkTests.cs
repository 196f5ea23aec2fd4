using Marketplace.Gateway.Metering;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>The promise of a watermark: every call that started before it has ended and is in the journal. Slow calls, many threads, a clock that jumps.</summary>
public sealed class WatermarkTests
{
    [Fact]
    public void Nothing_in_flight_settles_everything_until_now()
    {
        var clock = new TestClock();
        var calls = new InFlight(clock);

        Assert.Equal(clock.GetUtcNow(), calls.SettledThrough());
    }

    [Fact]
    public void A_slow_call_holds_the_watermark_at_its_second_until_it_ends()
    {
        var clock = new TestClock();
        var calls = new InFlight(clock);
        var slow = calls.Begin();
        clock.Advance(TimeSpan.FromHours(2));
        calls.Begin().Dispose();

        Assert.Equal(slow.At, calls.SettledThrough());
        slow.Dispose();
        Assert.Equal(clock.GetUtcNow(), calls.SettledThrough());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_call_in_flight_ever_started_before_the_watermark(int seed)
    {
        var random = new Random(seed);
        var clock = new TestClock();
        var calls = new InFlight(clock);
        var running = new List<InFlight.Started>();
        var last = DateTimeOffset.MinValue;
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(10))
            {
                case < 4:
                    running.Add(calls.Begin());
                    break;
                case < 8 when running.Count > 0:
                    var ended = random.Next(running.Count);
                    running[ended].Dispose();
                    running.RemoveAt(ended);
                    break;
                case 8:
                    clock.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
                    break;
                default:
                    // A month at once, as a test clock does, and exactly one turn of the slots.
                    clock.Advance(random.Next(200) switch { 0 => TimeSpan.FromDays(31), 1 => TimeSpan.FromSeconds(1024), _ => TimeSpan.Zero });
                    break;
            }

            var settled = calls.SettledThrough();
            Assert.True(running.TrueForAll(call => call.At >= settled), $"Step {step}: a call in flight started before {settled:O}.");
            Assert.True(settled >= last || running.Count > 0, $"Step {step}: the watermark fell from {last:O} to {settled:O} with nothing in flight.");
            last = settled;
        }

        running.ForEach(call => call.Dispose());
        Assert.Equal(clock.GetUtcNow(), calls.SettledThrough());
    }

    [Fact]
    public async Task A_call_that_begins_while_the_watermark_is_taken_is_never_behind_it()
    {
        var calls = new InFlight(TimeProvider.System);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var watermark = 0L;
        var late = 0;

        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                // What was settled before the call began may not reach past its start.
                var settled = Interlocked.Read(ref watermark);
                var call = calls.Begin();
                Interlocked.Add(ref late, call.At.UtcTicks < settled ? 1 : 0);
                Thread.SpinWait(200);
                call.Dispose();
            }
        }));
        var watcher = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Interlocked.Exchange(ref watermark, calls.SettledThrough().UtcTicks);
            }
        });
        await Task.WhenAll([.. callers, watcher]);

        Assert.Equal(0, late);
    }
}
