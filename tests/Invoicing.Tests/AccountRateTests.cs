using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>How fast requests may go to one account. What counts is which slots are given, not how fast this machine is.</summary>
public sealed class AccountRateTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private static readonly DateTimeOffset Start = new(2026, 1, 15, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(100)]
    [InlineData(1000)]
    public void No_second_holds_more_slots_than_the_limit_and_busy_ones_hold_95_percent_of_it(int limit)
    {
        var random = new Random((int)PropertySeed.Start + limit);
        var rate = new AccountRate { NextSlot = Start, WindowFrom = Start };
        var given = new List<DateTimeOffset>();
        var (now, end) = (Start, Start.AddSeconds(40));
        while (now < end)
        {
            // The first half of the time now and then, the second half as fast as slots are there.
            var busy = now > Start.AddSeconds(20);
            (rate, var slots) = rate.Give(busy ? 1000 : random.Next(1, 20), limit, now);
            given.AddRange(Enumerable.Range(0, slots.Count).Select(n => slots.First + (n * slots.Spacing)));
            now += busy ? TimeSpan.FromMilliseconds(random.Next(1, 200)) : TimeSpan.FromMilliseconds(random.Next(0, 2000));
        }

        Assert.True(MostInOneSecond(given) <= limit, $"{MostInOneSecond(given)} in one second");
        var whole = given.Count(slot => slot >= Start.AddSeconds(23) && slot < Start.AddSeconds(39));
        Assert.True(limit == 1 || whole >= 16 * limit * 0.95, $"{whole} in 16 seconds");
        Assert.Equal(given.Count, rate.Slots);
    }

    [Fact]
    public async Task Processes_that_take_at_once_share_one_limit()
    {
        const int Limit = 40;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Stripe:RequestsPerSecond:Live", "1"), new("Stripe:RequestsPerSecond:Test", $"{Limit}")]).Build();
        var database = app.Services.GetRequiredService<Storage.Database>();
        var account = new RatedAccount(EmulatedStripe.NewAccount(), false);
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(async process =>
        {
            var rates = new StripeRates(configuration, database);
            var mine = new List<DateTimeOffset>();
            while (mine.Count < 20)
            {
                var (slots, _) = await rates.Take(account, 3, default);
                mine.AddRange(Enumerable.Range(0, slots.Count).Select(n => slots.First + (n * slots.Spacing)));
            }

            return mine;
        }));
        var all = taken.SelectMany(mine => mine).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.True(MostInOneSecond(all) <= Limit, $"{MostInOneSecond(all)} in one second");
        Assert.Equal(all.Count, await app.Database.Scalar<long>("select slots from stripe_rates where account_id = $1", account.AccountId));
    }

    [Fact]
    public void An_account_that_is_asked_to_slow_down_stops_goes_on_slower_and_comes_back()
    {
        var rate = new AccountRate { NextSlot = Start, WindowFrom = Start }.Slow(TimeSpan.FromSeconds(3), "global-rate", 100, Start);
        Assert.Equal((0, Start.AddSeconds(3) - AccountRate.Ahead), (rate.Give(5, 100, Start).Slots.Count, rate.Give(5, 100, Start).Slots.First));
        Assert.Equal(Start.AddSeconds(3), rate.Give(5, 100, Start.AddSeconds(2.9)).Slots.First);
        Assert.Equal(70, rate.PerSecond(100, Start.AddSeconds(3)));
        Assert.Equal(100, rate.PerSecond(100, Start.AddSeconds(9)));

        // A hundred answers to what had left before are the same news; a longer wait is kept.
        var again = rate.Slow(TimeSpan.FromSeconds(1), "global-rate", 100, Start.AddSeconds(1));
        Assert.Equal(rate, again);
        Assert.Equal(Start.AddSeconds(11), rate.Slow(TimeSpan.FromSeconds(10), "global-rate", 100, Start.AddSeconds(1)).PausedUntil);

        // Still too fast afterwards: slower again, but never to a stop.
        for (var times = 0; times < 20; times++)
        {
            rate = rate.Slow(null, "endpoint-rate", 100, rate.PausedUntil!.Value);
        }

        Assert.Equal(10, rate.PerSecond(100, rate.PausedUntil!.Value), 1e-9);
    }

    [Fact]
    public void A_database_clock_that_is_set_back_stops_nothing()
    {
        var rate = new AccountRate { NextSlot = Start.AddHours(1), WindowFrom = Start.AddHours(1) };
        var (next, slots) = rate.Give(3, 25, Start);
        Assert.Equal((3, Start), (slots.Count, slots.First));
        Assert.Equal(0.3, next.Used(Start), 1e-9);
    }

    [Fact]
    public void What_was_used_of_the_limit_is_known()
    {
        var rate = new AccountRate { NextSlot = Start, WindowFrom = Start };
        for (var now = Start; now < Start.AddSeconds(15); now += TimeSpan.FromMilliseconds(100))
        {
            rate = rate.Give(1, 100, now).Next;
        }

        Assert.InRange(rate.Used(Start.AddSeconds(15)), 9.9, 10.1);
        Assert.Equal(0, rate.Used(Start.AddMinutes(1)));
    }

    private static int MostInOneSecond(List<DateTimeOffset> slots)
    {
        slots.Sort();
        var (most, from) = (0, 0);
        for (var to = 0; to < slots.Count; to++)
        {
            while (slots[to] - slots[from] >= TimeSpan.FromSeconds(1))
            {
                from++;
            }

            most = Math.Max(most, to - from + 1);
        }

        return most;
    }
}
