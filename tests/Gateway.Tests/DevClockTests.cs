using System.Net;
using System.Text.Json;
using Marketplace.Gateway.Dev;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>Each test moves the whole installation's time, so each has one of its own.</summary>
public abstract class MovedInstallation(Installation installation) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => installation.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await installation.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Installation Moved => installation;

    protected async Task<DateTimeOffset> Now() => (await installation.Client.Get("/dev/clock")).GetProperty("now").GetDateTimeOffset();
}

public sealed class DevClockTests() : MovedInstallation(new())
{
    [Fact]
    public async Task A_month_passes_from_one_due_moment_to_the_next_in_every_process()
    {
        var start = await Now();
        Moved.Plane.Clocks["subscriptions"].FallsDue(start.AddDays(20));
        Moved.Plane.Clocks["invoicing"].FallsDue(start.AddDays(3));
        Moved.Plane.Clocks["stripe"].FallsDue(start.AddDays(10));
        Moved.Plane.Clocks["webhooks"].FallsDue(start.AddDays(90));

        var answer = await Moved.Client.Post("/dev/clock", new { to = start.AddDays(30) }).Expect<JsonElement>(HttpStatusCode.OK);

        foreach (var service in ControlPlane.Services)
        {
            Assert.Equal([start.AddDays(3), start.AddDays(10), start.AddDays(20), start.AddDays(30)], Moved.Plane.Clocks[service].Moves);
        }

        Assert.InRange(answer.GetProperty("now").GetDateTimeOffset(), start.AddDays(30), start.AddDays(30).AddMinutes(1));
        Assert.InRange(await Now(), start.AddDays(30), start.AddDays(30).AddMinutes(1));
    }

    [Fact]
    public async Task Usage_of_before_is_applied_before_the_clock_moves_on_and_the_watermark_follows()
    {
        var subscriber = await Moved.Subscribe();
        await Moved.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        var start = await Now();

        await Moved.Client.Post("/dev/clock", new { advance = "P1M" }).Expect(HttpStatusCode.OK);

        Assert.Equal(1, Moved.Plane.Metered(subscriber.Id));
        Assert.Contains(Moved.Plane.Applied(), report => report.SettledThrough >= start.AddMonths(1));
        await Moved.Call(subscriber.Key).Expect(HttpStatusCode.OK);
        await Moved.Plane.ExpectMetered(subscriber.Id, 2);
        Assert.True(Moved.Plane.Applied().SelectMany(r => r.Entries).Last().From >= start.AddMonths(1));
    }

    [Fact]
    public async Task A_gateway_that_starts_again_starts_at_the_moved_time()
    {
        var start = await Now();
        await Moved.Client.Post("/dev/clock", new { advance = "P10D" }).Expect(HttpStatusCode.OK);

        await Moved.Gateway.Kill();
        await Moved.Gateway.Start();

        Assert.InRange(await Now(), start.AddDays(10), start.AddDays(10).AddMinutes(2));
    }

    [Theory]
    [InlineData("""{"advance":"1 month"}""")]
    [InlineData("""{"advance":"P"}""")]
    [InlineData("""{"advance":"-P1D"}""")]
    [InlineData("""{"to":"2020-01-01T00:00:00Z"}""")]
    [InlineData("""{}""")]
    public async Task What_is_no_later_time_is_refused(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        await Moved.Client.PostAsync("/dev/clock", content).ExpectProblem(HttpStatusCode.BadRequest, "duration_invalid");
    }

    [Fact]
    public async Task In_production_there_is_no_test_clock()
    {
        var production = Moved.MakeGateway(replica: 2, ("ASPNETCORE_ENVIRONMENT", "Production"));
        await production.Start();

        Assert.Equal(HttpStatusCode.NotFound, (await production.Client.GetAsync("/dev/clock")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await production.Client.Post("/dev/clock", new { advance = "P1D" })).StatusCode);
        var subscriber = await Moved.Subscribe();
        await Eventually.Until(async () => (await Moved.Call(subscriber.Key, through: production)).IsSuccessStatusCode, "calls pass in production");
    }
}

/// <summary>What the clock waits for in vain.</summary>
public sealed class DevClockPatienceTests() : MovedInstallation(new HurriedInstallation())
{
    [Fact]
    public async Task Work_that_does_not_end_is_named_and_the_clock_stands()
    {
        var start = await Now();
        Moved.Plane.Clocks["invoicing"].Pending = 1;

        var refusal = await Moved.Client.Post("/dev/clock", new { advance = "P1D" }).ExpectProblem(HttpStatusCode.GatewayTimeout, "clock_busy");

        Assert.Contains("invoicing", refusal.Detail, StringComparison.Ordinal);
        Assert.True(await Now() < start.AddHours(1));
        Moved.Plane.Clocks["invoicing"].Pending = 0;
        await Moved.Client.Post("/dev/clock", new { advance = "P1D" }).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_process_that_is_away_is_not_quiet()
    {
        Moved.Plane.TakeAway("catalog");

        var refusal = await Moved.Client.Post("/dev/clock", new { advance = "PT1H" }).ExpectProblem(HttpStatusCode.GatewayTimeout, "clock_busy");

        Assert.Contains("catalog", refusal.Detail, StringComparison.Ordinal);
    }

    /// <summary>Waits only seconds for work that does not end.</summary>
    private sealed class HurriedInstallation : Installation
    {
        protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Clock__PatienceSeconds", "5")];
    }
}

public sealed class IsoDurationTests
{
    [Theory]
    [InlineData("P1M", "2026-02-28T10:00:00Z")]
    [InlineData("P1Y2M3DT4H5M6S", "2027-04-03T14:05:06Z")]
    [InlineData("P2W", "2026-02-14T10:00:00Z")]
    [InlineData("PT90S", "2026-01-31T10:01:30Z")]
    public void A_duration_is_added_by_the_calendar(string duration, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected), IsoDuration.After(DateTimeOffset.Parse("2026-01-31T10:00:00Z"), duration));
}
