using Marketplace.Testing;

namespace Marketplace.Storage.Tests;

/// <summary>The fixtures that every suite trusts.</summary>
public sealed class TestClockTests
{
    [Fact]
    public void Timers_fire_in_order_at_their_own_time()
    {
        var clock = new TestClock();
        var start = clock.GetUtcNow();
        var fired = new List<(string Name, TimeSpan At)>();
        using var late = clock.CreateTimer(_ => fired.Add(("late", clock.GetUtcNow() - start)), null, TimeSpan.FromHours(3), Timeout.InfiniteTimeSpan);
        using var often = clock.CreateTimer(_ => fired.Add(("often", clock.GetUtcNow() - start)), null, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        using var never = clock.CreateTimer(_ => fired.Add(("never", clock.GetUtcNow() - start)), null, TimeSpan.FromHours(2), Timeout.InfiniteTimeSpan);
        never.Dispose();

        clock.Advance(TimeSpan.FromHours(4));

        Assert.Equal([("often", TimeSpan.FromHours(1)), ("late", TimeSpan.FromHours(3)), ("often", TimeSpan.FromHours(3))], fired);
        Assert.Equal(TimeSpan.FromHours(4), clock.GetUtcNow() - start);
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_passes_it()
    {
        var clock = new TestClock();
        var delay = Task.Delay(TimeSpan.FromDays(30), clock);
        Assert.False(delay.IsCompleted);

        clock.Advance(TimeSpan.FromDays(30));

        await delay.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Waiting_in_vain_tells_what_was_seen_last()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() =>
            Eventually.Until(() => Task.FromResult(41), seen => seen == 42, "the answer", TimeSpan.FromMilliseconds(50)));

        Assert.Contains("the answer. Last seen: 41", failure.Message, StringComparison.Ordinal);
    }
}
