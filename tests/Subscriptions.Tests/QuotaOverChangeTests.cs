using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What was used of a strict quota goes on counting after a plan change.</summary>
public sealed class QuotaOverChangeTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private readonly string gateway = TestCaller.NewId("gw");
    private long reports;

    [Theory]
    [InlineData(1000, 100)]
    [InlineData(950, 50)]
    [InlineData(400, 0)]
    public async Task After_a_change_now_what_was_used_counts_against_the_new_plan_s_quota(long limit, long left)
    {
        var (market, _, next) = await Plans(to: plan => plan with { Quotas = [Strict(limit)] });
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));
        await Use(market, id, 900);

        id = await Change(market, id, next);
        await Settle(market);

        Assert.Equal((left, 0), await Lease(market, id, 5000));
        Assert.Equal(900, (await market.Admin.Get<JsonElement>($"/v1/subscriptions/{id}/usage")).GetProperty("quotas")[0].GetProperty("used").GetInt64());
    }

    [Fact]
    public async Task After_a_migration_now_what_was_used_counts_against_the_new_plan_s_quota()
    {
        var (market, from, next) = await Plans();
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));
        await Use(market, id, 900);

        await app.Make<KeepMigration>().Handle(
            new MigrationRequested(
                TestCaller.NewId("mig"), market.Provider, "move", "now", true, false, [new(from.PlanId, next)], null,
                new(market.Product, "next", "Next", "2.0.0", [market.Api, market.OtherApi], [new(market.Catalog, "bil_1")]), "usr_owner", DateTimeOffset.UnixEpoch, 1),
            default);
        await Eventually.Until(async () => await market.Status(id) == "migrated", "migrated");
        id = (await market.Read(id)).Text("migratedTo");
        await Settle(market);

        Assert.Equal((100, 0), await Lease(market, id, 5000));
    }

    [Fact]
    public async Task What_a_gateway_holds_counts_as_used_until_its_reports_reach_the_change()
    {
        var (market, _, next) = await Plans();
        var id = await market.SubscribeAndPay();
        Assert.Equal((980, 20), await Lease(market, id, 980));
        await Use(market, id, 900);
        await market.MoveTo(app.Clock.GetUtcNow().AddMinutes(1));

        id = await Change(market, id, next);

        Assert.Equal((20, 0), await Lease(market, id, 5000));
        await Settle(market);
        Assert.Equal((100, 0), await Lease(market, id, 5000));
    }

    [Theory]
    [InlineData("month", "period")]
    [InlineData("week", "period")]
    [InlineData("month", "day")]
    public async Task Changing_to_and_fro_between_free_plans_refills_nothing(string otherPeriod, string interval)
    {
        var (market, first, second) = await Plans(
            plan => Market.Free(plan) with { Quotas = [Strict(100) with { Interval = interval }] },
            plan => Market.Free(plan) with { PeriodUnit = otherPeriod, Quotas = [Strict(100) with { Interval = interval }] });
        var id = (await market.Subscribe()).Id();
        await Use(market, id, 60);

        id = await Change(market, id, second);
        await Use(market, id, 25);
        await market.Hear(market.Invoice(id, "change", "paid"));
        id = await Change(market, id, first);
        await Settle(market);
        Assert.Equal((15, 0), await Lease(market, id, 1000, interval));

        id = await Change(market, id, second);
        Assert.Equal((15, 0), await Lease(market, id, 1000, interval, "gw_other"));
    }

    [Fact]
    public async Task A_whole_base_price_buys_a_whole_quota_but_the_way_back_refills_nothing()
    {
        var (market, free, paid) = await Plans(plan => Market.Free(plan) with { Quotas = [Strict(100)] }, plan => plan with { Price = new("flat", 2500, null) });
        var id = (await market.Subscribe()).Id();
        await Use(market, id, 100);
        await market.MoveTo(app.Clock.GetUtcNow().AddHours(1));

        id = await Change(market, id, paid);
        await market.Hear(market.Invoice(id, "initial", "paid", TestCaller.NewId("inv")));
        Assert.Equal((1000, 0), await Lease(market, id, 5000));
        id = await Change(market, id, free);
        await Settle(market);

        Assert.Equal((0, 0), await Lease(market, id, 5000));
    }

    [Fact]
    public async Task After_a_change_at_the_period_s_end_the_quota_is_whole_and_so_it_is_in_the_period_after_a_change()
    {
        var (market, first, second) = await Plans();
        var id = await market.SubscribeAndPay();
        await Use(market, id, 900);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await Change(market, id, second, "period_end");
        await market.MoveTo(end.AddHours(3));
        id = (await market.Read(id)).Text("migratedTo");
        Assert.Equal((1000, 0), await Lease(market, id, 5000));

        await market.Hear(market.Invoice(id, "change", "paid"));
        id = await Change(market, id, first);
        end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end.AddHours(3));
        Assert.Equal((1000, 0), await Lease(market, id, 5000));
    }

    private static QuotaSnapshot Strict(long limit) => new(TestCaller.NewId("quo"), "transactions", limit, "strict", "period", null, []);

    private Task Use(Market market, string id, long quantity) => market.Hear(market.Report(gateway, ++reports, id, quantity, app.Clock.GetUtcNow()));

    // A report that tells of nothing but that everything is told.
    private Task Settle(Market market) => market.Hear(market.Report(gateway, ++reports, "sub_none", 0, app.Clock.GetUtcNow(), app.Clock.GetUtcNow().AddSeconds(1)) with { Entries = [] });

    private async Task<(long Granted, long Left)> Lease(Market market, string id, long wanted, string interval = "period", string? by = null)
    {
        var entitlement = await market.Entitlement(id);
        var start = interval == "day" ? new DateTimeOffset(app.Clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero) : entitlement.PeriodStart;
        var answer = await market.Gateway.Put("/internal/leases", new LeaseRequest(by ?? gateway, id, entitlement.Quotas[0].QuotaId, start, wanted)).Expect<LeaseAnswer>();
        return (answer.Granted, answer.Left);
    }

    private static async Task<string> Change(Market market, string id, PlanSnapshot plan, string when = "now") =>
        (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan.PlanId, when }).Expect<JsonElement>()).GetProperty("subscription").Id();

    private async Task<(Market Market, PlanSnapshot From, PlanSnapshot To)> Plans(Func<PlanSnapshot, PlanSnapshot>? from = null, Func<PlanSnapshot, PlanSnapshot>? to = null)
    {
        var market = await Market.Open(app, from);
        var other = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "pro", Title = "Pro", Price = new("flat", 10000, null), Quotas = [Strict(1000)] };
        other = to is null ? other : to(other);
        await market.PublishAll(market.Plan, other);
        return (market, market.Plan, other);
    }
}
