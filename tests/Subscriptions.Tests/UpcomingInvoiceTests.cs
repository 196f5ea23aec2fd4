using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class UpcomingInvoiceTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private readonly string gateway = TestCaller.NewId("gw");

    [Fact]
    public async Task It_charges_the_usage_so_far_and_the_next_base_price_as_the_closure_will()
    {
        var market = await Market.Open(app, Graduated);
        var id = await market.SubscribeAndPay();
        var period = (await market.Read(id)).GetProperty("currentPeriod");
        Assert.Equal([("base", 2_500L)], Lines(await Upcoming(market, id)));

        await market.Hear(market.Report(gateway, 1, id, 5_001, app.Clock.GetUtcNow()));
        var upcoming = await Upcoming(market, id);
        Assert.Equal([("usage", 100_000L), ("usage", 450_000), ("tier_fee", 1_000), ("usage", 50), ("tier_fee", 2_000), ("base", 2_500)], Lines(upcoming));
        Assert.Equal(("period", 555_550L, period.Time("end").AddHours(2)), (upcoming.Text("kind"), upcoming.GetProperty("total").GetProperty("amount").GetInt64(), upcoming.Time("issuedAt")));

        // Asking takes nothing away from the closure, which comes to the same.
        await market.MoveTo(period.Time("end").AddHours(2));
        Assert.Equal(Lines(upcoming), Rated(Assert.Single(await market.Closures(id))));
        Assert.Equal([("base", 2_500L)], Lines(await Upcoming(market, id)));
    }

    [Fact]
    public async Task Before_a_plan_change_at_the_period_s_end_it_charges_the_usage_alone()
    {
        var market = await Market.Open(app, Graduated);
        var other = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "other", Title = "Other" };
        await market.PublishAll(market.Plan, other);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 1, app.Clock.GetUtcNow()));
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "period_end" }).Expect();

        var upcoming = await Upcoming(market, id);

        Assert.Equal("final", upcoming.Text("kind"));
        Assert.Equal([("usage", 200L)], Lines(upcoming));
    }

    [Fact]
    public async Task Late_usage_is_on_it_with_its_own_period()
    {
        var market = await Market.Open(app, Graduated);
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(market.Report(gateway, 1, id, 400, first.Time("start")));
        await market.MoveTo(first.Time("end").AddHours(3));

        await market.Hear(market.Report(gateway, 2, id, 200, first.Time("end").AddSeconds(-1)));

        Assert.Equal([("usage", 20_000L), ("usage", 10_000), ("tier_fee", 1_000), ("base", 2_500)], Lines(await Upcoming(market, id)));
    }

    [Fact]
    public async Task Between_a_period_s_end_and_its_closing_it_is_still_that_period_s()
    {
        var market = await Market.Open(app, Graduated);
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.Hear(market.Report(gateway, 1, id, 1, app.Clock.GetUtcNow()));
        await market.MoveTo(end.AddHours(1));
        await market.Hear(market.Report(gateway, 2, id, 7, end.AddMinutes(30)));

        var upcoming = await Upcoming(market, id);

        Assert.Equal(end, upcoming.GetProperty("period").Time("end"));
        Assert.Equal([("usage", 200L), ("base", 2_500)], Lines(upcoming));
    }

    [Fact]
    public async Task Cancelled_at_the_period_s_end_it_is_the_last_one_without_a_base_price()
    {
        var market = await Market.Open(app, Graduated);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 3, app.Clock.GetUtcNow()));
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();

        var upcoming = await Upcoming(market, id);
        Assert.Equal("final", upcoming.Text("kind"));
        Assert.Equal([("usage", 600L)], Lines(upcoming));

        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3));
        Assert.True((await Upcoming(market, id)).IsNull("kind"));
    }

    [Fact]
    public async Task In_a_trial_it_is_the_first_one_and_of_a_free_plan_there_is_none()
    {
        var trial = await Market.Open(app, plan => Graduated(plan) with { TrialDays = 14, SetupFee = 1_000 });
        var id = (await trial.Subscribe()).Id();
        Assert.Equal([("setup_fee", 1_000L), ("base", 2_500)], Lines(await Upcoming(trial, id)));

        var free = await Market.Open(app, Market.Free);
        var upcoming = await Upcoming(free, (await free.Subscribe()).Id());
        Assert.True(upcoming.IsNull("kind"));
        Assert.Equal(0, upcoming.GetProperty("lines").GetArrayLength());
    }

    [Fact]
    public async Task Of_more_usage_than_can_be_rated_it_is_told_without_a_total()
    {
        var market = await Market.Open(app, Graduated);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 1_000_000_000_001, app.Clock.GetUtcNow()));

        var upcoming = await Upcoming(market, id);

        Assert.Equal(("period", true, 0), (upcoming.Text("kind"), upcoming.IsNull("total"), upcoming.GetProperty("lines").GetArrayLength()));
    }

    [Fact]
    public async Task Those_who_may_read_invoices_may_read_it()
    {
        var market = await Market.Open(app, Graduated);
        var id = await market.SubscribeAndPay();
        var address = new Uri($"/v1/subscriptions/{id}/upcoming-invoice", UriKind.Relative);

        await Ask(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Billing)).Expect();
        await Ask(TestCaller.Provider(market.Provider, Roles.Viewer)).Expect();
        await Ask(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Developer)).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await Ask(TestCaller.Stranger()).ExpectProblem(HttpStatusCode.NotFound, "not_found");

        Task<HttpResponseMessage> Ask(TestCaller caller) => app.ClientFor(caller).GetAsync(address);
    }

    private static PlanSnapshot Graduated(PlanSnapshot plan) => plan with
    {
        Price = new("graduated", 2_500, null, [new(500, "200", "0"), new(5_000, "100", "1000"), new(null, "50", "2000")]), Quotas = [],
    };

    private static Task<JsonElement> Upcoming(Market market, string id) => market.Admin.Get($"/v1/subscriptions/{id}/upcoming-invoice");

    private static IEnumerable<(string Kind, long Amount)> Lines(JsonElement upcoming) =>
        upcoming.GetProperty("lines").EnumerateArray().Select(l => (l.Text("kind"), l.GetProperty("amount").GetProperty("amount").GetInt64()));

    private static IEnumerable<(string Kind, long Amount)> Rated(Contracts.Subscriptions.MeteringPeriodClosed closed) =>
        Pricing.Rating.Closed("", closed).Select(l => (l.Kind, l.Amount));
}
