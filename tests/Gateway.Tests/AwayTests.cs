using System.Net;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>What goes on while the broker or the control plane is away.</summary>
public sealed class AwayTests(AwayTests.OwnBroker installation) : IClassFixture<AwayTests.OwnBroker>
{
    [Fact]
    public async Task Without_the_broker_calls_go_on_and_changes_and_usage_arrive_by_other_ways_or_later()
    {
        var subscriber = await installation.Subscribe();
        await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        await installation.Server.Kill();
        for (var i = 0; i < 20; i++)
        {
            await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        }

        // The poll finds within 15 s what no hint told.
        installation.Plane.Put(subscriber.Facts with { Refusal = "payment_required" });
        await Eventually.Until(async () => (await installation.Call(subscriber.Key, "status/500")).StatusCode is HttpStatusCode.Forbidden, "access ends by the poll", TimeSpan.FromSeconds(30));
        Assert.True(installation.Plane.Metered(subscriber.Id) <= 1);

        await installation.Server.Start();
        await Eventually.Until(() => installation.Plane.Metered(subscriber.Id) >= 21, "the kept usage arrives", TimeSpan.FromSeconds(60));
        Assert.Equal(21, installation.Plane.Metered(subscriber.Id));
    }

    /// <summary>On a broker that may be killed.</summary>
    public sealed class OwnBroker : Installation
    {
        public RabbitServer Server { get; private set; } = null!;

        protected override async Task<RabbitServer> Broker() => Server = await RabbitServer.StartOwn();

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            Server.Dispose();
        }
    }
}

/// <summary>The same for the control plane, with minutes made seconds.</summary>
public sealed class ControlPlaneAwayTests(ControlPlaneAwayTests.ShortMemory installation) : IClassFixture<ControlPlaneAwayTests.ShortMemory>
{
    [Fact]
    public async Task Known_keys_are_served_unknown_ones_told_to_come_back_and_in_the_end_everything_is_refused()
    {
        var subscriber = await installation.Subscribe();
        installation.Plane.TakeAway(ControlPlane.Services);
        try
        {
            await Eventually.Until(async () => (await installation.Call("mk_unknown")).StatusCode is HttpStatusCode.ServiceUnavailable, "unknown keys are not called invalid");
            await installation.Call("mk_unknown").ExpectProblem(HttpStatusCode.ServiceUnavailable, "control_plane_unavailable");
            await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);

            await Eventually.Passes(() => installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.ServiceUnavailable, "control_plane_unavailable"), TimeSpan.FromSeconds(60));
        }
        finally
        {
            installation.Plane.BringBack(ControlPlane.Services);
        }

        await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "calls pass again");
        await installation.Call("mk_unknown").ExpectProblem(HttpStatusCode.Unauthorized, "key_invalid");
    }

    [Fact]
    public async Task Catalog_away_does_not_age_what_subscriptions_tells()
    {
        installation.Plane.TakeAway("catalog");
        try
        {
            var subscriber = await installation.Subscribe();
            await installation.Call(subscriber.Key).Expect(HttpStatusCode.OK);
            installation.Plane.Put(subscriber.Facts with { Refusal = "payment_required" });
            await installation.Plane.Settle();
            await installation.Call(subscriber.Key).ExpectProblem(HttpStatusCode.Forbidden, "payment_required");
        }
        finally
        {
            installation.Plane.BringBack("catalog");
        }
    }

    [Fact]
    public async Task A_changed_upstream_is_followed_at_its_hint()
    {
        await using var other = await UpstreamApi.Start();
        var gateway = installation.MakeGateway(replica: 3, ("Upstreams__Allowed__1", $"127.0.0.1:{other.Port}"));
        await gateway.Start();
        var subscriber = await installation.Subscribe();

        installation.Plane.Put(Installation.RouteTo(other.Address + "/base"));
        await Eventually.Until(async () =>
        {
            await installation.Plane.Publish(new ProductPublished("pub", "cat", "sandbox", "org", "prd_weather", "weather", "Weather", "1.0.0", null, [], [], 1));
            await installation.Call(subscriber.Key, through: gateway);
            return !other.Asked.IsEmpty;
        }, "calls go to the new upstream");

        installation.Plane.Put(Installation.RouteTo(installation.Upstream.Address + "/base"));
        await installation.Plane.Publish(new ProductPublished("pub", "cat", "sandbox", "org", "prd_weather", "weather", "Weather", "1.0.0", null, [], [], 2));
        await gateway.Stop();
        await Eventually.Until(async () => (await installation.Call(subscriber.Key)).IsSuccessStatusCode, "calls go back");
    }

    /// <summary>Known facts are good for 18 s, and fresh for 2 s.</summary>
    public sealed class ShortMemory : Installation
    {
        protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Gateway__KeepServingMinutes", "0.3"), new("Gateway__FreshSeconds", "2")];
    }
}
