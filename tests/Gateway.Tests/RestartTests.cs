using System.Net;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>What the gateway's end, of either kind, must not change: each test ends the process, so each has an installation of its own.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private readonly Installation installation = new();

    public ValueTask InitializeAsync() => installation.InitializeAsync();

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Killed_under_load_three_times_it_reports_every_answered_call_and_none_that_was_not_in_flight()
    {
        const int callers = 12;
        var subscriber = await installation.Subscribe();
        var (answered, inFlight, unknown) = (0, 0, 0);
        for (var round = 0; round < 3; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, callers).Select(async _ =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Interlocked.Increment(ref inFlight);
                    try
                    {
                        using var response = await installation.Call(subscriber.Key);
                        Interlocked.Add(ref answered, response.IsSuccessStatusCode ? 1 : 0);
                    }
                    catch (HttpRequestException)
                    {
                        // Cut off by the kill: whether it counts is open.
                        Interlocked.Increment(ref unknown);
                        return;
                    }
                    finally
                    {
                        Interlocked.Decrement(ref inFlight);
                    }
                }
            }).ToList();
            var before = Volatile.Read(ref answered);
            await Eventually.Until(() => Volatile.Read(ref answered) > before + 200, "calls pass");
            await installation.Gateway.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await installation.Gateway.Start();
        }

        await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "calls pass again");
        answered++;
        await Eventually.Until(() => installation.Plane.Metered(subscriber.Id) >= answered, $"{answered} answered calls reported");
        await NoneIsLeft();

        Assert.InRange(installation.Plane.Metered(subscriber.Id), answered, answered + unknown);
        Assert.InRange(unknown, 0, 3 * callers);
        var reports = installation.Plane.Applied();
        Assert.Single(reports.Select(r => r.GatewayId).Distinct());
        Assert.Equal(Enumerable.Range(1, reports.Count).Select(n => (long)n), reports.Select(r => r.Sequence));
        TestContext.Current.SendDiagnosticMessage($"{answered} answered, {unknown} cut off, {installation.Plane.Metered(subscriber.Id)} metered.");
    }

    [Fact]
    public async Task Reports_that_were_not_applied_come_again_after_a_kill_unchanged()
    {
        installation.Plane.HoldReports = true;
        var subscriber = await installation.Subscribe();
        for (var i = 0; i < 5; i++)
        {
            await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        }

        await Eventually.Until(() => installation.Plane.Heard.SelectMany(r => r.Entries).Any(), "a report is published");
        await installation.Gateway.Kill();
        var held = installation.Plane.Heard.First(r => r.Entries.Count > 0).Sequence;
        var before = installation.Plane.Heard.Count(r => r.Sequence == held);
        await installation.Gateway.Start();
        await Eventually.Until(() => installation.Plane.Heard.Count(r => r.Sequence == held) > before, $"report {held} comes again");
        installation.Plane.HoldReports = false;
        await installation.Plane.ExpectMetered(subscriber.Id, 5);

        foreach (var copies in installation.Plane.Heard.GroupBy(r => r.Sequence))
        {
            Assert.Single(copies.Select(r => string.Join(';', r.Entries.Select(e => $"{e}")) + r.SettledThrough).Distinct());
        }
    }

    [Fact]
    public async Task A_strict_quota_goes_on_exactly_after_a_kill()
    {
        const int limit = 40;
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(limit)] });
        installation.Plane.HoldReports = true;
        await Use(7);
        await installation.Gateway.Kill();
        await installation.Gateway.Start();
        await Use(6);
        installation.Plane.HoldReports = false;
        await installation.Plane.ExpectMetered(subscriber.Id, 13);
        await installation.Gateway.Kill();
        await installation.Gateway.Start();

        await Use(limit - 13);
        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");
        await installation.Plane.ExpectMetered(subscriber.Id, limit);

        async Task Use(int units)
        {
            for (var i = 0; i < units; i++)
            {
                await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
            }
        }
    }

    [Fact]
    public async Task Stopped_in_order_it_answers_what_it_has_taken_and_hands_its_last_calls_over()
    {
        var subscriber = await installation.Subscribe();
        installation.Upstream.Asked.Clear();
        var slow = installation.Call(subscriber.Key, "door/stop");
        await Eventually.Until(() => !installation.Upstream.Asked.IsEmpty, "the provider was asked");

        var stopping = installation.Gateway.Stop();
        installation.Upstream.Open("stop");
        await slow.Expect(HttpStatusCode.OK);
        await stopping;

        await installation.Plane.ExpectMetered(subscriber.Id, 1);
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_folder_refuses_to_start_and_says_why()
    {
        var second = installation.MakeGateway(replica: 1);
        await second.Start(untilReady: false);

        await second.UntilExited();

        Assert.Contains("Give each replica its own Gateway__JournalFolder", second.Log, StringComparison.Ordinal);
        var subscriber = await installation.Subscribe();
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_full_disk_fails_calls_instead_of_giving_them_away_and_ends_when_there_is_space()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(1000)] });
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        installation.Gateway.LimitFiles("0");
        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.ServiceUnavailable, "metering_unavailable");
        installation.Upstream.Asked.Clear();
        var response = await installation.Call(subscriber.Key);
        Assert.NotNull(response.Headers.RetryAfter);
        await Task.FromResult(response).ExpectProblem(HttpStatusCode.ServiceUnavailable, "metering_unavailable");
        Assert.Empty(installation.Upstream.Asked);

        installation.Gateway.LimitFiles("unlimited");
        await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "calls pass again");
        await installation.Plane.ExpectMetered(subscriber.Id, 2);
        await installation.Gateway.Kill();
        await installation.Gateway.Start();
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

        await installation.Plane.ExpectMetered(subscriber.Id, 3);
    }

    // Every journalled call is in a report and every report applied: the segment ends with a cut that is applied.
    private Task NoneIsLeft() => Eventually.Until(
        () => File.ReadLines(Directory.GetFiles(installation.JournalFolder, "segment-*.log").Order().Last()).Last() is var last
            && last.StartsWith('r') && installation.Plane.Applied().Max(r => r.Sequence) >= long.Parse(last.Split('\t')[1]),
        "everything journalled is applied");
}
