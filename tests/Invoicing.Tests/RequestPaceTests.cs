using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

public sealed class RequestPaceTests
{
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(100);
    private readonly TestClock clock = new();
    private readonly List<int> taken = [];

    [Fact]
    public async Task Requests_leave_one_by_one_at_their_slots_and_slots_are_taken_for_several_at_once()
    {
        var pace = Pace(wanted => Slots(wanted, clock.GetUtcNow() + Spacing));
        var requests = Enumerable.Range(0, 3).Select(_ => pace.Wait(true, default)).ToList();
        await Eventually.Until(() => taken.Sum() >= 3, "slots are taken");
        for (var left = 1; left <= 3; left++)
        {
            Assert.Equal(left - 1, requests.Count(r => r.IsCompleted));
            clock.Advance(Spacing);
            await Eventually.Until(() => requests.Count(r => r.IsCompleted) >= left, $"{left} requests have left");
        }

        Assert.True(taken.Count < 3, "a database call for every request");
    }

    [Fact]
    public async Task A_slot_that_comes_too_late_is_given_up_for_another()
    {
        var pace = Pace(wanted => Slots(wanted, clock.GetUtcNow() + (taken.Count == 1 ? -RequestPace.Tolerance - Spacing : TimeSpan.Zero)));
        await pace.Wait(false, default);
        Assert.Equal([1, 1], taken);
    }

    [Fact]
    public async Task What_somebody_waits_for_goes_first_and_one_slot_of_five_is_the_queue_s()
    {
        var free = new TaskCompletionSource();
        var pace = new RequestPace(async (wanted, _) =>
        {
            await free.Task;
            return Slots(wanted, clock.GetUtcNow() + Spacing) with { Now = clock.GetUtcNow() };
        }, 1000, clock);
        var left = new List<string>();
        var requests = Enumerable.Range(0, 12).Select(n => Leave(n < 4 ? "queue" : "person")).ToList();
        free.SetResult();
        while (left.Count < requests.Count)
        {
            var before = left.Count;
            await Eventually.Until(() =>
            {
                clock.Advance(left.Count == before ? Spacing / 10 : TimeSpan.Zero);
                return left.Count > before;
            }, "the next request has left");
        }

        Assert.Equal("pppp q ppp pq q q".Replace(" ", ""), string.Concat(left.Select(who => who[0])));

        async Task Leave(string who)
        {
            await pace.Wait(who == "queue", default);
            left.Add(who);
        }
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_slot_and_a_long_pause_is_told_at_once()
    {
        var paused = Pace(_ => new(new(0, clock.GetUtcNow() + TimeSpan.FromMinutes(5), Spacing), default));
        var told = await Assert.ThrowsAsync<JobFailedException>(() => paused.Wait(false, default));
        Assert.Equal((true, "rate_limited", TimeSpan.FromMinutes(5)), (told.Failure.IsSlowedDown, told.Failure.Code, told.Failure.RetryAfter));

        using var gone = new CancellationTokenSource();
        var pace = Pace(wanted => Slots(wanted, clock.GetUtcNow() + Spacing));
        var leaving = pace.Wait(false, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        var staying = pace.Wait(false, default);
        await Move(staying);
    }

    private static GivenSlots Slots(int wanted, DateTimeOffset first) => new(new(wanted, first, Spacing), default);

    private RequestPace Pace(Func<int, GivenSlots> take) => new((wanted, _) =>
    {
        taken.Add(wanted);
        return Task.FromResult(take(wanted) with { Now = clock.GetUtcNow() });
    }, 1000, clock);

    private Task Move(Task until) => Eventually.Until(() =>
    {
        clock.Advance(Spacing);
        return until.IsCompleted;
    }, "all have left");
}
