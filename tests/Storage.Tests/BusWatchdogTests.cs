using Marketplace.ServiceDefaults;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Storage.Tests;

public sealed class BusWatchdogTests
{
    private bool connected = true;
    private bool answers = true;

    [Fact]
    public async Task A_bus_that_does_not_come_back_to_a_broker_that_answers_ends_its_process()
    {
        using var watchdog = Watchdog();
        Assert.False(await Stuck(watchdog, 0));

        connected = false;
        Assert.False(await Stuck(watchdog, 5));
        Assert.False(await Stuck(watchdog, 65));
        Assert.True(await Stuck(watchdog, 66));
    }

    [Fact]
    public async Task While_the_broker_is_away_nothing_counts()
    {
        using var watchdog = Watchdog();
        Assert.False(await Stuck(watchdog, 0));

        (connected, answers) = (false, false);
        Assert.False(await Stuck(watchdog, 1_000));
        answers = true;
        Assert.False(await Stuck(watchdog, 2_000));
        Assert.False(await Stuck(watchdog, 2_060));
        connected = true;
        Assert.False(await Stuck(watchdog, 2_061));
        connected = false;
        Assert.False(await Stuck(watchdog, 2_100));
    }

    [Fact]
    public async Task A_bus_that_was_never_connected_has_more_time()
    {
        connected = false;
        using var watchdog = Watchdog();

        Assert.False(await Stuck(watchdog, 0));
        Assert.False(await Stuck(watchdog, 300));
        Assert.True(await Stuck(watchdog, 301));
    }

    private static Task<bool> Stuck(BusWatchdog watchdog, int seconds) => watchdog.IsStuck(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);

    private BusWatchdog Watchdog() => new(() => connected, _ => Task.FromResult(answers), _ => { }, NullLogger<BusWatchdog>.Instance);
}
