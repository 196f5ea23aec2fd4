using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class LeaseTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Eight_gateways_at_once_never_hold_more_than_the_limit()
    {
        var (market, id, start) = await Paid();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async g =>
        {
            for (var wanted = 50; wanted <= 400; wanted += 50)
            {
                await Ask(market, $"gw_{g}", id, start, wanted);
            }
        }));

        Assert.Equal(1000, await app.Database.Scalar<long>("select sum(granted)::bigint from leases where subscription_id = $1", id));
        Assert.Equal(0, (await Ask(market, "gw_new", id, start, 1)).Granted);
    }

    [Fact]
    public async Task The_last_units_go_to_one_of_two_who_wait_for_them()
    {
        var (market, id, start) = await Paid();
        await Ask(market, "gw_0", id, start, 990);
        var held = await app.Database.HoldRow("lease_windows", id, "subscription_id");

        var asked = new[] { Ask(market, "gw_1", id, start, 10), Ask(market, "gw_2", id, start, 10) };
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();

        Assert.Equal([0, 10], (await Task.WhenAll(asked)).Select(a => a.Granted).Order());
    }

    [Fact]
    public async Task Asking_again_or_for_less_changes_nothing()
    {
        var (market, id, start) = await Paid();

        Assert.Equal((300, 700), Of(await Ask(market, "gw_1", id, start, 300)));
        Assert.Equal((300, 700), Of(await Ask(market, "gw_1", id, start, 300)));
        Assert.Equal((300, 700), Of(await Ask(market, "gw_1", id, start, 0)));
        Assert.Equal((400, 600), Of(await Ask(market, "gw_1", id, start, 400)));
    }

    [Fact]
    public async Task The_answer_tells_what_was_counted_up_to_the_last_report_without_a_gap()
    {
        var (market, id, start) = await Paid();
        var gateway = TestCaller.NewId("gw");
        await market.Hear(market.Report(gateway, 1, id, 40, start));
        await market.Hear(market.Report(gateway, 3, id, 5, start));
        await market.Hear(market.Report("gw_other", 1, id, 9, start));

        var answer = await Ask(market, gateway, id, start, 100);
        Assert.Equal((40, 1), (answer.Counted, answer.AppliedThrough));

        await market.Hear(market.Report(gateway, 2, id, 1, start));
        answer = await Ask(market, gateway, id, start, 100);
        Assert.Equal((46, 3), (answer.Counted, answer.AppliedThrough));
    }

    [Fact]
    public async Task Units_are_leased_for_real_windows_of_strict_quotas_only()
    {
        var (market, id, start) = await Paid();

        await market.Gateway.Put("/internal/leases", new LeaseRequest("gw_1", id, "quo_1", start.AddHours(1), 10)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "windowStart");
        await market.Gateway.Put("/internal/leases", new LeaseRequest("gw_1", id, "quo_x", start, 10)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Nothing_more_is_handed_out_without_access()
    {
        var (market, id, start) = await Paid();
        await Ask(market, "gw_1", id, start, 100);
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

        Assert.Equal(100, (await Ask(market, "gw_1", id, start, 500)).Granted);
        Assert.Equal(0, (await Ask(market, "gw_2", id, start, 500)).Granted);
    }

    [Fact]
    public async Task Each_day_of_a_daily_quota_has_its_own_units()
    {
        var market = await Market.Open(app, plan => plan with { Quotas = [plan.Quotas[0] with { Interval = "day" }] });
        var id = await market.SubscribeAndPay();
        var today = new DateTimeOffset(app.Clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

        Assert.Equal(1000, (await Ask(market, "gw_1", id, today, 1000)).Granted);
        Assert.Equal(1000, (await Ask(market, "gw_2", id, today.AddDays(1), 1000)).Granted);
    }

    [Fact]
    public async Task Each_unit_is_counted_for_its_own_quota()
    {
        var market = await Market.Open(app, plan => plan with { Quotas = [plan.Quotas[0], plan.Quotas[0] with { QuotaId = "quo_2", Unit = "x-tokens" }] });
        var id = await market.SubscribeAndPay();
        var start = (await market.Entitlement(id)).PeriodStart;
        var gateway = TestCaller.NewId("gw");
        await market.Hear(market.Report(gateway, 1, id, 4, start));
        await market.Hear(market.Report(gateway, 2, id, 90, start, unit: "x-tokens"));
        await market.Hear(market.Report(gateway, 4, id, 7, start, unit: "x-tokens"));

        Assert.Equal(4, (await Ask(market, gateway, id, start, 10)).Counted);
        Assert.Equal(90, (await market.Gateway.Put("/internal/leases", new LeaseRequest(gateway, id, "quo_2", start, 10)).Expect<LeaseAnswer>()).Counted);
    }

    private async Task<(Market Market, string Id, DateTimeOffset Start)> Paid()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        return (market, id, (await market.Entitlement(id)).PeriodStart);
    }

    private static Task<LeaseAnswer> Ask(Market market, string gateway, string id, DateTimeOffset start, long wanted) =>
        market.Gateway.Put("/internal/leases", new LeaseRequest(gateway, id, "quo_1", start, wanted)).Expect<LeaseAnswer>();

    private static (long Granted, long Left) Of(LeaseAnswer answer) => (answer.Granted, answer.Left);
}
