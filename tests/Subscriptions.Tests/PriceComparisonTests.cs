using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What every subscriber pays before and after a change of prices, for what it really used.</summary>
public sealed class PriceComparisonTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private readonly string gateway = TestCaller.NewId("gw");

    [Fact]
    public async Task The_last_period_that_is_over_is_rated_whole_under_both_plans()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        var period = (await market.Read(id)).GetProperty("currentPeriod");
        await market.Hear(market.Report(gateway, 1, id, 5_001, app.Clock.GetUtcNow()));
        await market.MoveTo(period.Time("end").AddHours(3));
        // Of the period that runs, which is not whole yet.
        await market.Hear(market.Report(gateway, 2, id, 3, app.Clock.GetUtcNow()));

        var compared = Assert.Single(await Compare(market, target));

        Assert.Equal((id, true, period.Time("start")), (compared.Text("subscriptionId"), compared.GetProperty("periodIsOver").GetBoolean(), compared.GetProperty("period").Time("start")));
        // 5,001 calls: graduated 5,530.50 and 25.00 base before; volume 2,520.50 and 40.00 base after.
        Assert.Equal((2_500L, 553_050L, 555_550L), Of(compared.GetProperty("before")));
        Assert.Equal((4_000L, 252_050L, 256_050L), Of(compared.GetProperty("after")));
        Assert.Equal(256_050 - 555_550, compared.GetProperty("difference").GetProperty("amount").GetInt64());
        // The same that its invoice came to.
        Assert.Equal(555_550L, Pricing.Rating.Closed("", Assert.Single(await market.Closures(id))).Sum(l => l.Amount));
        Assert.Equal(["usage", "tier_fee", "base"], compared.GetProperty("after").GetProperty("lines").EnumerateArray().Select(l => l.Text("kind")));
    }

    [Fact]
    public async Task Before_the_first_period_is_over_the_usage_so_far_counts()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 100, app.Clock.GetUtcNow()));

        var compared = Assert.Single(await Compare(market, target));

        Assert.False(compared.GetProperty("periodIsOver").GetBoolean());
        Assert.Equal((2_500L, 20_000L, 22_500L), Of(compared.GetProperty("before")));
        Assert.Equal((4_000L, 20_000L, 24_000L), Of(compared.GetProperty("after")));
    }

    [Fact]
    public async Task A_planned_migration_shows_its_own_subscribers_page_by_page()
    {
        var (market, target) = await Open();
        var ids = new List<string> { await market.SubscribeAndPay() };
        for (var n = 0; n < 2; n++)
        {
            ids.Add(await Another(market));
        }

        var request = Requested(market, target) with { SubscriptionIds = ids[..2] };
        await app.Make<KeepMigration>().Handle(request, default);

        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await market.Owner.Get($"/v1/subscriptions/price-comparisons?migrationId={request.MigrationId}&limit=1{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(c => c.Text("subscriptionId")));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(ids[..2].OrderDescending(), seen);
    }

    [Fact]
    public async Task Of_a_named_subscription_the_one_with_other_seats_that_took_its_place_is_compared_as_it_would_be_moved()
    {
        var market = await SeatTests.Open(app);
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Next", Price = market.Plan.Price with { Base = 1_500 } };
        await market.PublishAll(market.Plan, target);
        var id = await SeatTests.Paid(market, 5);
        var next = (await SeatTests.Change(market, (await SeatTests.Change(market, id, 6)).GetProperty("subscription").Id(), 7)).GetProperty("subscription").Id();
        var request = SeatTests.Requested(market, target) with { Timing = "period_end", SubscriptionIds = [id, "sub_none"] };
        await app.Make<KeepMigration>().Handle(request, default);

        var compared = Assert.Single((await market.Owner.Get($"/v1/subscriptions/price-comparisons?migrationId={request.MigrationId}")).GetProperty("data").EnumerateArray());

        Assert.Equal(next, compared.Text("subscriptionId"));
        Assert.Equal((7_000L, 10_500L), (Of(compared.GetProperty("before")).Base, Of(compared.GetProperty("after")).Base));
    }

    [Fact]
    public async Task Where_a_migration_cancels_there_is_nothing_after()
    {
        var (market, target) = await Open();
        await market.SubscribeAndPay();
        var request = Requested(market, target) with { Action = "cancel", Target = null, Plans = [new(market.Plan.PlanId, null)] };
        await app.Make<KeepMigration>().Handle(request, default);

        var compared = Assert.Single((await market.Owner.Get($"/v1/subscriptions/price-comparisons?migrationId={request.MigrationId}")).GetProperty("data").EnumerateArray());

        Assert.True(compared.IsNull("after") && compared.IsNull("difference"));
        Assert.Equal("cancelled", compared.Text("notComparable"));
    }

    [Fact]
    public async Task Other_money_or_another_period_makes_no_difference_and_unmetered_units_are_named()
    {
        var (market, target) = await Open(plan => plan with { Currency = "eur", Price = new("unit", 0, "1", Unit: "x-tokens") });
        await market.SubscribeAndPay();
        var compared = Assert.Single(await Compare(market, target));
        Assert.Equal(("currency", "x-tokens"), (compared.Text("notComparable"), compared.GetProperty("unmeteredUnits")[0].GetString()));
        Assert.True(compared.IsNull("difference"));

        var (yearly, other) = await Open(plan => plan with { PeriodUnit = "year" });
        await yearly.SubscribeAndPay();
        Assert.Equal("billing_period", Assert.Single(await Compare(yearly, other)).Text("notComparable"));
    }

    [Fact]
    public async Task Calls_of_an_API_that_the_other_product_has_not_are_left_out()
    {
        var (market, target) = await Open();
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Report(gateway, 1, id, 100, app.Clock.GetUtcNow()));
        await market.Hear(market.Report(gateway, 2, id, 50, app.Clock.GetUtcNow(), api: market.OtherApi));
        var request = Requested(market, target);
        await app.Make<KeepMigration>().Handle(request with { Target = request.Target! with { ApiIds = [market.Api] } }, default);

        var compared = Assert.Single((await market.Owner.Get($"/v1/subscriptions/price-comparisons?migrationId={request.MigrationId}")).GetProperty("data").EnumerateArray());

        Assert.Equal((30_000L, 20_000L), (Of(compared.GetProperty("before")).Usage, Of(compared.GetProperty("after")).Usage));
    }

    [Fact]
    public async Task Product_managers_of_the_provider_may_ask_and_nobody_else()
    {
        var (market, target) = await Open();
        await market.SubscribeAndPay();
        var (other, _) = await Open();
        var plans = Address(market.Plan.PlanId, target.PlanId);
        var request = Requested(market, target);
        await app.Make<KeepMigration>().Handle(request, default);
        foreach (var path in (string[])[plans, $"/v1/subscriptions/price-comparisons?migrationId={request.MigrationId}"])
        {
            await app.ClientFor(TestCaller.Provider(market.Provider, Roles.ProductManager)).GetAsync(path).Expect();
            await app.ClientFor(TestCaller.Operator()).GetAsync(path).Expect();
            await app.ClientFor(TestCaller.Provider(market.Provider, Roles.Viewer)).GetAsync(path).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await market.Admin.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await other.Owner.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await app.ClientFor(TestCaller.Stranger()).GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await app.Anonymous().GetAsync(path).Expect(HttpStatusCode.Unauthorized);
        }

        // Nobody compares with another provider's plan.
        await market.Owner.GetAsync(Address(market.Plan.PlanId, other.Plan.PlanId)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        foreach (var query in (string[])["", "?planId=pln_1", "?migrationId=mig_1&planId=pln_1&targetPlanId=pln_2"])
        {
            await market.Owner.GetAsync($"/v1/subscriptions/price-comparisons{query}").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "migrationId");
        }
    }

    // Graduated with 25.00 a month, beside the same tiers as a volume with 40.00.
    private async Task<(Market Market, PlanSnapshot Target)> Open(Func<PlanSnapshot, PlanSnapshot>? change = null)
    {
        IReadOnlyList<PriceTier> tiers = [new(500, "200", "0"), new(5_000, "100", "1000"), new(null, "50", "2000")];
        var market = await Market.Open(app, plan => plan with { Price = new("graduated", 2_500, null, tiers), Quotas = [] });
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Volume", Price = new("volume", 4_000, null, tiers) };
        target = change is null ? target : change(target);
        await market.PublishAll(market.Plan, target);
        return (market, target);
    }

    private async Task<string> Another(Market market)
    {
        var organization = TestCaller.NewId("org");
        await app.Make<KeepOrganization>().Handle(new(organization, "consumer", "Another Inc", market.Catalog, "bills@another.example", true, 1), default);
        var admin = app.ClientFor(TestCaller.Consumer(organization, market.Catalog, Roles.Admin));
        var id = (await admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = organization, acceptTerms = true })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        return id;
    }

    private static MigrationRequested Requested(Market market, PlanSnapshot target) => new(
        TestCaller.NewId("mig"), market.Provider, "move", "now", false, false, [new(market.Plan.PlanId, target)], null,
        new(market.Product, "monetized-product", "Monetized Product", "1.0.0", [market.Api, market.OtherApi], [new(market.Catalog, "bil_1")]), "usr_1", DateTimeOffset.UnixEpoch, 1);

    private static string Address(string plan, string target) => $"/v1/subscriptions/price-comparisons?planId={plan}&targetPlanId={target}";

    private static async Task<List<JsonElement>> Compare(Market market, PlanSnapshot target) =>
        [.. (await market.Owner.Get(Address(market.Plan.PlanId, target.PlanId))).GetProperty("data").EnumerateArray()];

    private static (long Base, long Usage, long Total) Of(JsonElement price) => (
        price.GetProperty("base").GetProperty("amount").GetInt64(), price.GetProperty("usage").GetProperty("amount").GetInt64(), price.GetProperty("total").GetProperty("amount").GetInt64());
}
