using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Metering;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>Units of a provider's own, which its answers tell of in <c>Marketplace-Usage</c>.</summary>
public sealed class OwnUnitTests(Installation installation) : IClassFixture<Installation>
{
    private static readonly string[] Metered = ["x-tokens", "x-images"];

    [Fact]
    public async Task What_an_answer_tells_is_metered_beside_the_call_and_kept_from_the_caller()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Units = Metered });

        var response = await Use(subscriber, "x-tokens=250, x-images=1 ,x-unnamed=9");
        await Use(subscriber, "x-tokens=50");
        await Use(subscriber, "x-images=0");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Marketplace-Usage"));
        await installation.Plane.ExpectMetered(subscriber.Id, 3);
        await installation.Plane.ExpectMetered(subscriber.Id, 300, "x-tokens");
        await installation.Plane.ExpectMetered(subscriber.Id, 1, "x-images");
        await installation.Plane.ExpectMetered(subscriber.Id, 0, "x-unnamed");
    }

    [Fact]
    public async Task A_plan_that_names_no_units_meters_transactions_alone()
    {
        var subscriber = await installation.Subscribe();

        var response = await Use(subscriber, "x-tokens=250");

        Assert.False(response.Headers.Contains("Marketplace-Usage"));
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
        await installation.Plane.ExpectMetered(subscriber.Id, 0, "x-tokens");
    }

    [Fact]
    public async Task A_header_that_cannot_be_read_counts_the_call_and_nothing_else()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Units = Metered });

        var response = await Use(subscriber, "x-tokens=250, x-images=many");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Marketplace-Usage"));
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
        await installation.Plane.ExpectMetered(subscriber.Id, 0, "x-tokens");
    }

    [Fact]
    public async Task A_failed_call_uses_nothing()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Units = Metered, Quotas = [Strict(10)] });

        for (var i = 0; i < 12; i++)
        {
            await installation.Call(subscriber.Key, "uses/500?usage=x-tokens%3D250").Expect(HttpStatusCode.InternalServerError);
        }

        await Use(subscriber, "x-tokens=1");
        await installation.Plane.ExpectMetered(subscriber.Id, 1);
        await installation.Plane.ExpectMetered(subscriber.Id, 1, "x-tokens");
    }

    [Fact]
    public async Task A_strict_quota_of_such_units_is_passed_by_the_last_call_at_most()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Units = Metered, Quotas = [Strict(100)] });

        foreach (var _ in Enumerable.Range(0, 3))
        {
            Assert.Equal(HttpStatusCode.OK, (await Use(subscriber, "x-tokens=40")).StatusCode);
        }

        await Use(subscriber).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");
        await installation.Plane.ExpectMetered(subscriber.Id, 3);
        await installation.Plane.ExpectMetered(subscriber.Id, 120, "x-tokens");
    }

    [Fact]
    public async Task Calls_that_use_none_of_a_strict_quota_s_units_leave_it_whole()
    {
        var subscriber = await installation.Subscribe(facts => facts with { Units = Metered, Quotas = [Strict(2)] });

        foreach (var _ in Enumerable.Range(0, 5))
        {
            Assert.Equal(HttpStatusCode.OK, (await Use(subscriber)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await Use(subscriber, "x-tokens=2")).StatusCode);
        await Use(subscriber).ExpectProblem(HttpStatusCode.TooManyRequests, "quota_exceeded");
    }

    [Theory]
    [InlineData("x-tokens=250", 250)]
    [InlineData(" x-images=7 ,\tx-tokens=1000000000 ", 1_000_000_000)]
    [InlineData("x-tokens=007", 7)]
    public void A_header_is_read(string header, long tokens) => Assert.Equal(tokens, UnitCount.Of(Read(header), "x-tokens"));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("x-tokens")]
    [InlineData("x-tokens=")]
    [InlineData("=5")]
    [InlineData("x-tokens=-5")]
    [InlineData("x-tokens=+5")]
    [InlineData("x-tokens=5.5")]
    [InlineData("x-tokens=1e3")]
    [InlineData("x-tokens= 5")]
    [InlineData("x-tokens=1000000001")]
    [InlineData("x-tokens=99999999999999999999")]
    [InlineData("x-tokens=٥")]
    [InlineData("x-Tokens=5")]
    [InlineData("x-=5")]
    [InlineData("tokens=5")]
    [InlineData("transactions=5")]
    [InlineData("x-tokens=5;x-images=6")]
    [InlineData("x-tokens=5,x-tokens=6")]
    [InlineData("x-tokens=5,")]
    [InlineData("x-tokens=5,x-tok\u00e9ns=1")]
    public void What_is_not_wholly_understood_counts_nothing(string header) => Assert.Null(Read(header));

    [Fact]
    public void A_header_has_bounds()
    {
        Assert.NotNull(Read(string.Join(',', Enumerable.Range(0, 15).Select(n => $"x-{n}=1").Append("x-tokens=1"))));
        Assert.Null(Read(string.Join(',', Enumerable.Range(0, 16).Select(n => $"x-{n}=1").Append("x-tokens=1"))));
        Assert.Null(Read($"x-tokens=1{new string(' ', 1024)}"));
        Assert.Null(Read($"x-tokens=1,x-{new string('a', 63)}=1"));
    }

    private static UnitCount[]? Read(string header)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Marketplace-Usage", header);
        return UsageHeader.Read(response.Headers, Metered);
    }

    private static QuotaEntitlement Strict(long limit) => Installation.Strict(limit) with { Unit = "x-tokens" };

    private Task<HttpResponseMessage> Use(Subscriber subscriber, string? usage = null) =>
        installation.Call(subscriber.Key, usage is null ? "anything" : $"uses/200?usage={Uri.EscapeDataString(usage)}");
}
