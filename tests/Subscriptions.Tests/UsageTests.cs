using System.Text.Json;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class UsageTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private readonly string gateway = TestCaller.NewId("gw");

    [Fact]
    public async Task Reports_count_once_however_often_and_in_whatever_order_they_come()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var now = app.Clock.GetUtcNow();

        foreach (var sequence in new long[] { 3, 1, 1, 3 })
        {
            await market.Hear(market.Report(gateway, sequence, id, sequence * 10, now));
        }

        Assert.Equal(1, (await market.Gateway.Get<UsageReportsApplied>($"/internal/usage-reports/{gateway}")).AppliedThrough);
        await market.Hear(market.Report(gateway, 2, id, 20, now));
        Assert.Equal(3, (await market.Gateway.Get<UsageReportsApplied>($"/internal/usage-reports/{gateway}")).AppliedThrough);
        await market.Hear(market.Report(gateway, 2, id, 20, now));
        Assert.Equal(60, await Used(market, id));
    }

    [Fact]
    public async Task The_same_report_heard_at_once_counts_once()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 1, app.Clock.GetUtcNow()));
        var held = await app.Database.HoldRow("gateways", gateway);

        var heard = Enumerable.Range(0, 4).Select(_ => market.Hear(market.Report(gateway, 2, id, 100, app.Clock.GetUtcNow()))).ToList();
        await app.Database.UntilBlockedOnLocks(4);
        await held.DisposeAsync();
        await Task.WhenAll(heard);

        Assert.Equal(101, await Used(market, id));
    }

    [Fact]
    public async Task Calls_count_in_the_period_they_were_made_in_to_the_tick()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var boundary = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(boundary + TimeSpan.FromHours(1));

        await market.Hear(market.Report(gateway, 1, id, 7, boundary.AddTicks(-10)));
        await market.Hear(market.Report(gateway, 2, id, 11, boundary));
        await market.MoveTo(boundary + TimeSpan.FromHours(2));

        var closed = Assert.Single(await market.Closures(id));
        Assert.Equal((7L, boundary), (Assert.Single(closed.Usage).Quantity, closed.Usage[0].PeriodEnd));
        Assert.Equal(11, (await market.Admin.Get($"/v1/subscriptions/{id}/usage")).GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task Late_usage_goes_with_the_next_closure_and_names_its_period()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(market.Report(gateway, 1, id, 300, first.Time("start")));
        await market.MoveTo(first.Time("end") + TimeSpan.FromHours(2));

        await market.Hear(market.Report(gateway, 2, id, 21, first.Time("end").AddSeconds(-1)));
        await market.Hear(market.Report(gateway, 3, id, 5, app.Clock.GetUtcNow()));
        var second = (await market.Read(id)).GetProperty("currentPeriod");
        await market.MoveTo(second.Time("end") + TimeSpan.FromHours(2));

        var closures = await market.Closures(id);
        Assert.Equal(300, Assert.Single(closures[0].Usage).Quantity);
        Assert.Equal([(first.Time("start"), 21L, 300L), (second.Time("start"), 5L, 0L)], closures[1].Usage.Select(u => (u.PeriodStart, u.Quantity, u.Before)));
        Assert.Equal(326, closures.SelectMany(c => c.Usage).Sum(u => u.Quantity));
    }

    [Fact]
    public async Task Usage_that_meets_its_closure_is_in_this_one_or_the_next_never_lost_or_twice()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(market.Report(gateway, 1, id, 100, first.Time("start")));
        await market.MoveTo(first.Time("end") + TimeSpan.FromHours(1));
        var held = await app.Database.HoldRow("subscriptions", id);

        app.Clock.MoveTo(first.Time("end") + TimeSpan.FromHours(2));
        var reporting = market.Hear(market.Report(gateway, 2, id, 23, first.Time("start")));
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();
        await reporting;

        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end") + TimeSpan.FromHours(2));
        var closures = await market.Closures(id);
        Assert.Equal(2, closures.Count);
        Assert.Equal(123, closures.SelectMany(c => c.Usage).Sum(u => u.Quantity));
    }

    [Fact]
    public async Task Usage_of_a_trial_and_of_free_plans_is_counted_and_never_billed()
    {
        var market = await Market.Open(app, plan => Market.PayPerUse(plan) with { TrialDays = 14 });
        var id = (await market.Subscribe()).Id();
        await market.Hear(market.Report(gateway, 1, id, 50, app.Clock.GetUtcNow()));
        Assert.Equal(50, (await market.Admin.Get($"/v1/subscriptions/{id}/usage")).GetProperty("total").GetInt64());

        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(14));
        await market.Hear(market.Invoice(id, "initial", "paid"));
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end") + TimeSpan.FromHours(2));

        Assert.Empty(Assert.Single(await market.Closures(id)).Usage);
    }

    [Fact]
    public async Task Usage_of_a_subscription_that_nobody_knows_is_kept_apart_and_the_rest_counts()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var now = app.Clock.GetUtcNow();

        await market.Hear(new UsageReported(gateway, 1, now, [new("sub_unknown", market.Api, null, 9, now, now), new(id, market.Api, null, 4, now, now)]));

        Assert.Equal(4, await Used(market, id));
        Assert.Equal(9, await app.Database.Scalar<int>("select (entry->>'quantity')::int from unassigned_usage where gateway_id = $1", gateway));
    }

    [Fact]
    public async Task Usage_after_the_final_closure_is_billed_by_an_extra_one()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        var ended = app.Clock.GetUtcNow();
        await market.MoveTo(ended + TimeSpan.FromSeconds(60));
        Assert.Empty(Assert.Single(await market.Closures(id)).Usage);

        await market.Hear(market.Report(gateway, 1, id, 3, ended.AddSeconds(-1)));
        await market.Hear(market.Report(gateway, 2, id, 4, ended.AddSeconds(1)));
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(1));

        var closures = await market.Closures(id);
        Assert.Equal(2, closures.Count);
        var late = Assert.Single(closures[1].Usage);
        Assert.Equal((7L, ended), (late.Quantity, late.PeriodEnd));
        Assert.NotEqual(closures[0].PeriodStart, closures[1].PeriodStart);
    }

    [Fact]
    public async Task A_cancellation_waits_for_the_gateways_that_live_and_no_longer_than_a_minute()
    {
        await ForgetOtherGateways();
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var cancelled = app.Clock.GetUtcNow();
        await market.Hear(market.Report(gateway, 1, id, 1, cancelled));
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        Assert.Empty(await market.Closures(id));

        await market.Hear(market.Report(gateway, 2, id, 2, cancelled, settled: cancelled));
        Assert.Empty(await market.Closures(id));
        await market.Hear(market.Report(gateway, 3, id, 4, cancelled, settled: cancelled.AddSeconds(1)));

        var final = await Eventually.Until(async () => (await market.Closures(id)).SingleOrDefault(), c => c is not null, "the final closure");
        Assert.Equal(7, Assert.Single(final!.Usage).Quantity);
    }

    [Fact]
    public async Task A_report_that_came_ahead_of_a_missing_one_settles_nothing()
    {
        await ForgetOtherGateways();
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var cancelled = app.Clock.GetUtcNow();
        await market.Hear(market.Report(gateway, 1, id, 1, cancelled));
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

        await market.Hear(market.Report(gateway, 3, id, 4, cancelled, settled: cancelled.AddSeconds(5)));
        await Eventually.Never(async () => (await market.Closures(id)).Count > 0, "the final closure");
        await market.Hear(market.Report(gateway, 2, id, 2, cancelled, settled: cancelled.AddSeconds(4)));

        var final = await Eventually.Until(async () => (await market.Closures(id)).SingleOrDefault(), c => c is not null, "the final closure");
        Assert.Equal(7, Assert.Single(final!.Usage).Quantity);
    }

    [Fact]
    public async Task A_gateway_not_seen_for_a_minute_is_not_waited_for()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 1, app.Clock.GetUtcNow()));
        await ForgetOtherGateways();

        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

        await Eventually.Until(async () => (await market.Closures(id)).Count == 1, "the final closure");
    }

    [Fact]
    public async Task Units_of_one_s_own_are_counted_carried_and_shown_apart_from_the_calls()
    {
        var market = await Market.Open(app, plan => plan with
        {
            Price = new("unit", 0, "0.5", Unit: "x-tokens"), SetupFee = 1000,
            Quotas = [new("quo_1", "transactions", 1000, "strict", "period", null, []), new("quo_2", "x-images", 5, "loose", "day", "20", [])],
        });
        var id = await market.SubscribeAndPay();
        var now = app.Clock.GetUtcNow();
        Assert.Equal(["x-images", "x-tokens"], (await market.Entitlement(id)).Units!);
        await market.Hear(new UsageReported(gateway, 1, now,
            [new(id, market.Api, null, 3, now, now), new(id, market.Api, null, 700, now, now, "x-tokens"), new(id, market.OtherApi, null, 8, now, now, "x-images")]));

        var usage = await market.Admin.Get($"/v1/subscriptions/{id}/usage");
        Assert.Equal(3, usage.GetProperty("total").GetInt64());
        Assert.Equal([("transactions", 3L), ("x-images", 8), ("x-tokens", 700)], usage.GetProperty("units").EnumerateArray().Select(u => (u.Text("unit"), u.GetProperty("quantity").GetInt64())));
        Assert.Equal([3L, 8], usage.GetProperty("quotas").EnumerateArray().Select(q => q.GetProperty("used").GetInt64()));

        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end") + TimeSpan.FromHours(2));
        Assert.Equal(
            [("transactions", 3L, 1000L, null), ("x-images", 8, 5, "20"), ("x-tokens", 700, null, null)],
            Assert.Single(await market.Closures(id)).Usage.Select(u => (u.Unit, u.Quantity, u.Limit, u.Overage)));
    }

    [Fact]
    public async Task A_final_closure_tells_of_the_periods_that_it_closes_besides_its_own()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(market.Report(gateway, 1, id, 300, first.Time("start")));
        await market.MoveTo(first.Time("end") + TimeSpan.FromHours(1));

        // The first period's metering is open until 02:00; the subscription ends at 01:00.
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromMinutes(2));

        var closed = Assert.Single(await market.Closures(id));
        Assert.Equal(new MeteredSpan(first.Time("start"), first.Time("end")), Assert.Single(closed.ClosedTogether!));
        Assert.Equal((300L, 0L), (Assert.Single(closed.Usage).Quantity, closed.Usage[0].Before));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Whoever_ends_a_period_that_has_begun_owes_its_base_price_also_before_the_one_before_it_is_closed(int hours)
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");
        await market.MoveTo(first.Time("end") + TimeSpan.FromHours(hours));
        var second = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(market.Report(gateway, 1, id, 1000, app.Clock.GetUtcNow()));
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        var upcoming = (await market.Admin.Get<JsonElement>($"/v1/subscriptions/{id}/upcoming-invoice")).GetProperty("total").GetProperty("amount").GetInt64();
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(1));

        var closures = await market.Closures(id);
        var line = Assert.Single(closures.SelectMany(closed => Rating.Closed("Weather", closed)));
        Assert.Equal((LineKind.BasePrice, 2500L, second.Time("start"), second.Time("end")), (line.Kind, line.Amount, line.PeriodStart, line.PeriodEnd));
        Assert.Equal(hours < 2 ? 2500 : 0, upcoming);
    }

    [Fact]
    public async Task Who_was_given_the_money_for_the_period_before_back_is_charged_nothing_for_the_one_that_has_begun()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end") + TimeSpan.FromHours(1));
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        // As where the installation ends subscriptions for a full refund.
        await app.Database.Execute("update subscriptions set end_reason = 'payment_refunded' where id = $1", id);
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(1));

        Assert.Null(Assert.Single(await market.Closures(id)).BasePricesDue);
    }

    [Fact]
    public async Task A_change_of_plan_has_charged_the_base_price_itself_that_no_closure_told_of()
    {
        var (market, _, other) = await Market.OpenTwo(app);
        var id = await market.SubscribeAndPay();
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end") + TimeSpan.FromHours(1));
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).Expect();
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(1));

        var closed = Assert.Single(await market.Closures(id));
        Assert.Equal(("migration", null), (closed.Reason, closed.BasePricesDue));
        var changed = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
        // An hour of 25.00, and the rest of the period, whichever month that is, at 100.00.
        var (start, at, end) = (changed.Lines[0].PeriodStart, changed.Lines[0].PeriodEnd, changed.Lines[1].PeriodEnd);
        Assert.Equal(TimeSpan.FromHours(1), at - start);
        Assert.Equal([Rating.Prorate(2500, "usd", (start, end), start, at), Rating.Prorate(10_000, "usd", (start, end), at, end)], changed.Lines.Select(l => l.Amount));
    }

    private Task ForgetOtherGateways() => app.Database.Execute("update gateways set last_seen = now() - interval '61 seconds'");

    private static async Task<long> Used(Market market, string id) =>
        (await market.Admin.Get<JsonElement>($"/v1/subscriptions/{id}/usage")).GetProperty("quotas")[0].GetProperty("used").GetInt64();
}
