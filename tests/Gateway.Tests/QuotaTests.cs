using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

public sealed class QuotaTests(Installation installation) : IClassFixture<Installation>
{
    [Fact]
    public async Task A_strict_quota_is_exact_under_sixteen_callers_although_some_calls_fail()
    {
        const int limit = 100;
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(limit)] });
        var (passed, failed, refused, number) = (0, 0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            // Each goes on until it was refused often enough that no given-back unit can be left.
            for (var refusals = 0; refusals < 20;)
            {
                using var response = await installation.Call(subscriber.Key, $"sometimes/3/{Interlocked.Increment(ref number)}");
                switch (response.StatusCode)
                {
                    case HttpStatusCode.OK:
                        Interlocked.Increment(ref passed);
                        break;
                    case HttpStatusCode.InternalServerError:
                        Interlocked.Increment(ref failed);
                        break;
                    default:
                        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
                        Interlocked.Increment(ref refused);
                        refusals++;
                        await Task.Delay(5);
                        break;
                }
            }
        }));

        Assert.Equal(limit, passed);
        Assert.True(failed > 20, $"Only {failed} calls failed: nothing was given back.");
        Assert.Equal(limit, installation.Plane.Leased.Where(l => l.SubscriptionId == subscriber.Id).Max(l => l.Wanted));
        await installation.Plane.ExpectMetered(subscriber.Id, limit);
    }

    [Fact]
    public async Task A_used_up_quota_tells_its_window()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(1, "day")] });
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

        var response = await installation.Call(subscriber.Key);

        Assert.Equal("\"transactions\";q=1;w=86400", response.Headers.GetValues("RateLimit-Policy").Single());
        Assert.StartsWith("\"transactions\";r=0;t=", response.Headers.GetValues("RateLimit").Single());
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalHours, 0, 24);
        await Task.FromResult(response).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");
    }

    [Fact]
    public async Task Units_are_leased_in_pieces_that_shrink_with_what_is_left()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(80)] });
        for (var i = 0; i < 80; i++)
        {
            await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        }

        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");

        var wanted = installation.Plane.Leased.Where(l => l.SubscriptionId == subscriber.Id).Select(l => l.Wanted).ToList();
        Assert.Equal(wanted.Order(), wanted);
        Assert.Equal(10, wanted[0]);
        Assert.Equal(80, wanted[^1]);
        Assert.True(wanted.Count < 40, $"{wanted.Count} requests for 80 units.");
    }

    [Fact]
    public async Task Two_gateways_together_never_pass_more_than_the_limit()
    {
        const int limit = 60;
        var second = installation.MakeGateway(replica: 2);
        await second.Start();
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(limit)] });
        await Eventually.Until(async () => (await installation.Call(subscriber.Key, "status/500", through: second)).StatusCode is HttpStatusCode.InternalServerError, "the second gateway knows the key");

        var passed = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var response = await installation.Call(subscriber.Key, through: caller % 2 == 0 ? installation.Gateway : second);
                Interlocked.Add(ref passed, response.IsSuccessStatusCode ? 1 : 0);
            }
        }));

        // What one of them leased and did not need is the most that may stay unused.
        Assert.InRange(passed, limit - (limit / 8), limit);
        await installation.Plane.ExpectMetered(subscriber.Id, passed);
        Assert.Equal(2, installation.Plane.Applied().Where(r => r.Entries.Any(e => e.SubscriptionId == subscriber.Id)).Select(r => r.GatewayId).Distinct().Count());
        await second.Stop();
    }

    [Fact]
    public async Task A_changed_limit_holds_for_the_window_that_has_begun()
    {
        var quota = Installation.Strict(3);
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [quota] });
        await Use(3);
        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");

        await Change(5);
        await Use(2);
        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");

        await Change(4);
        await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");
        await installation.Plane.ExpectMetered(subscriber.Id, 5);

        async Task Use(int units)
        {
            for (var i = 0; i < units; i++)
            {
                await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
            }
        }

        async Task Change(long limit)
        {
            installation.Plane.Put(subscriber.Facts with { Quotas = [quota with { Limit = limit }] });
            await installation.Plane.Settle();
        }
    }

    [Fact]
    public async Task Quotas_of_other_apis_and_loose_ones_stop_nothing()
    {
        var subscriber = await installation.Subscribe(facts => facts with
        {
            Quotas = [Installation.Strict(0) with { ApiIds = ["api_other"] }, Installation.Strict(0) with { Kind = "loose" }, Installation.Strict(0) with { Limit = null }],
        });

        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        Assert.DoesNotContain(installation.Plane.Leased, l => l.SubscriptionId == subscriber.Id);
    }

    [Fact]
    public async Task A_call_refused_by_its_second_quota_gives_the_first_ones_unit_back()
    {
        var (first, second) = (Installation.Strict(2), Installation.Strict(1));
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [first, second] });
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        for (var i = 0; i < 5; i++)
        {
            await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");
        }

        installation.Plane.Put(subscriber.Facts with { Quotas = [first, second with { Limit = 2 }] });
        await installation.Plane.Settle();

        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Subscriptions_away_lets_leased_units_pass_and_refuses_the_rest_quickly()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Quotas = [Installation.Strict(8)] });
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        installation.Plane.TakeAway("subscriptions");
        try
        {
            var response = await installation.Call(subscriber.Key);
            Assert.NotNull(response.Headers.RetryAfter);
            await Task.FromResult(response).ExpectProblem(HttpStatusCode.ServiceUnavailable, "control_plane_unavailable");
        }
        finally
        {
            installation.Plane.BringBack("subscriptions");
        }

        await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "calls pass again");
    }
}
