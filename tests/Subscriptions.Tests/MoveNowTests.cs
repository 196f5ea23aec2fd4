using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What a planned migration shows of the move itself is what the move then charges.</summary>
public sealed class MoveNowTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_move_inside_the_period_shows_what_each_part_of_it_is_charged()
    {
        var (market, from, to) = await Market.OpenTwo(app, change: plan => Tiered(plan, 4_000), changeFirst: plan => Tiered(plan, 2_500));
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(10));
        await market.Hear(market.Report(TestCaller.NewId("gw"), 1, id, 7, app.Clock.GetUtcNow().AddHours(-1)));
        var request = Requested(market, from, to);
        await app.Make<KeepMigration>().Handle(request, default);
        var rows = await Rows();

        var move = (await Compare(market, request)).GetProperty("moveNow");

        Assert.Equal(rows, await Rows());
        Assert.True(move.IsNull("obstacle"));
        Assert.Equal(5_000, Amount(move.GetProperty("lastInvoice"), "total"));
        // The first tier's flat fee and what is missing to the minimum, once more.
        Assert.Equal(5_000, Amount(move, "restAtLeast"));
        await app.Make<KeepMigration>().Handle(request with { Execute = true, Version = 2 }, default);
        await Eventually.Until(async () => await market.Status(id) == "migrated", "moved");
        var next = (await market.Read(id)).Text("migratedTo");
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        Assert.Equal(told.Lines.Select(l => l.Amount), move.GetProperty("lines").EnumerateArray().Select(l => Amount(l, "amount")));
        Assert.Equal(told.Lines.Sum(l => l.Amount), Amount(move, "total"));
        await market.MoveTo(app.Clock.GetUtcNow().AddMinutes(5));
        Assert.Equal(5_000, Rating.Closed("", Assert.Single(await market.Closures(id))).Sum(l => l.Amount));
        await market.MoveTo((await market.Read(next)).GetProperty("currentPeriod").Time("end").AddHours(3));
        Assert.Equal(5_000 + 4_000, Rating.Closed("", Assert.Single(await market.Closures(next))).Sum(l => l.Amount));

        Task<long> Rows() => app.Database.Scalar<long>("select (select count(*) from subscriptions) + (select count(*) from periods) + (select count(*) from subscription_history)");
    }

    [Fact]
    public async Task Who_would_be_passed_over_is_shown_with_the_reason_and_a_move_with_the_period_charges_nothing_itself()
    {
        var (market, from, to) = await Market.OpenTwo(app);
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, "period", "past_due", "inv_2", due: app.Clock.GetUtcNow()));
        var request = Requested(market, from, to);
        await app.Make<KeepMigration>().Handle(request, default);

        var move = (await Compare(market, request)).GetProperty("moveNow");

        Assert.Equal("past_due", move.Text("obstacle"));
        Assert.True(move.IsNull("total") && move.IsNull("lastInvoice") && move.IsNull("restAtLeast"));
        await app.Make<KeepMigration>().Handle(request with { Timing = "period_end", Version = 2 }, default);
        Assert.True((await Compare(market, request)).IsNull("moveNow"));
        // Two plans by themselves are no move.
        var plans = (await market.Owner.Get($"/v1/subscriptions/price-comparisons?planId={from.PlanId}&targetPlanId={to.PlanId}")).GetProperty("data");
        Assert.True(Assert.Single(plans.EnumerateArray()).IsNull("moveNow"));
    }

    [Theory]
    [InlineData("awaiting_payment")]
    [InlineData("cancelling")]
    [InlineData("payment_disputed")]
    [InlineData("seats_out_of_bounds")]
    [InlineData("currency_differs")]
    [InlineData("not_on_offer")]
    [InlineData("billing_required")]
    [InlineData("billing_integration_differs")]
    [InlineData("plan_archived")]
    [InlineData("already_subscribed")]
    public async Task What_keeps_a_subscription_from_being_moved_is_shown_as_the_migration_says_it_itself(string reason)
    {
        var (market, from, to) = await Market.OpenTwo(
            app, plan => reason == "seats_out_of_bounds" ? Seats(plan, least: 2) : plan, plan => reason == "seats_out_of_bounds" ? Seats(plan, least: 1) : plan);
        var id = reason == "awaiting_payment" ? (await market.Subscribe()).Id() : await market.SubscribeAndPay();
        var request = Requested(market, from, reason == "currency_differs" ? to with { Currency = "eur" } : to);
        var other = TestCaller.NewId("prd");
        request = request with
        {
            Target = reason switch
            {
                "not_on_offer" => request.Target! with { Catalogs = [] },
                "billing_required" => request.Target! with { Catalogs = [new(market.Catalog, null)] },
                "billing_integration_differs" => request.Target! with { Catalogs = [new(market.Catalog, "bil_2")] },
                "already_subscribed" => request.Target! with { ProductId = other },
                _ => request.Target,
            },
        };
        await (reason switch
        {
            "cancelling" => market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect(),
            "payment_disputed" => app.Make<ApplyDispute>().Handle(new DisputeOpened("dsp_" + id, "inv_1", id, market.Consumer, 2_500, "usd", "fraudulent", null, 1), default),
            "plan_archived" => market.PublishAll(from, to with { Status = "archived" }),
            "already_subscribed" => TakeOther(),
            _ => Task.CompletedTask,
        });
        await app.Make<KeepMigration>().Handle(request, default);

        Assert.Equal(reason, (await Compare(market, request)).GetProperty("moveNow").Text("obstacle"));

        await app.Make<KeepMigration>().Handle(request with { Execute = true, Version = 2 }, default);
        var passed = await Eventually.Until(
            () => app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == request.MigrationId && m.State is "skipped" or "failed"), told => told.Count > 0, "passed over");
        Assert.Equal(reason, Assert.Single(passed).Reason);

        async Task TakeOther()
        {
            var plan = market.Plan with { PlanId = TestCaller.NewId("pln") };
            await market.Publish(plan, change: offer => offer with { ProductId = other, ProductName = other });
            await market.Admin.Post("/v1/subscriptions", new { planId = plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true }).Expect(HttpStatusCode.Created);
        }
    }

    [Fact]
    public async Task Whom_nobody_approved_yet_is_moved_for_nothing()
    {
        var (market, from, to) = await Market.OpenTwo(app, changeFirst: plan => plan with { Approval = "manual" });
        await market.Subscribe();
        var request = Requested(market, from, to);
        await app.Make<KeepMigration>().Handle(request, default);

        var move = (await Compare(market, request)).GetProperty("moveNow");

        Assert.True(move.IsNull("obstacle") && move.IsNull("lastInvoice"));
        Assert.Equal((0, 0, 0), (move.GetProperty("lines").GetArrayLength(), Amount(move, "total"), Amount(move, "restAtLeast")));
    }

    [Fact]
    public async Task A_draft_whose_plan_has_another_price_by_now_is_compared_and_told_with_that()
    {
        var (market, from, to) = await Market.OpenTwo(app);
        await market.SubscribeAndPay();
        var request = Requested(market, from, to with { Price = new("flat", 7_000, null) });
        await app.Make<KeepMigration>().Handle(request, default);
        await Taken(1);

        await app.Make<KeepMigration>().Handle(request with { Plans = [new(from.PlanId, to with { Price = new("flat", 8_000, null) })], Version = 2 }, default);
        await Taken(2);

        Assert.Equal(8_000, Amount((await Compare(market, request)).GetProperty("after"), "total"));
        Assert.Equal([7_000L, 8_000L], (await app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == request.MigrationId)).Select(m => m.BaseAfter));

        Task Taken(long version) => Eventually.Until(
            async () => (await app.Announced<MigrationTaken>(m => m.MigrationId == request.MigrationId)).Exists(m => m.RequestVersion == version), "taken");
    }

    private static PlanSnapshot Seats(PlanSnapshot plan, int least) => plan with { Price = new("per_seat", 1_000, null, MinimumSeats: least, MaximumSeats: 5) };

    private static PlanSnapshot Tiered(PlanSnapshot plan, long basePrice) =>
        plan with { Price = new("graduated", basePrice, null, [new(500, "2", "300"), new(null, "1", "0")], MinimumCharge: 5_000), Quotas = [] };

    private static MigrationRequested Requested(Market market, PlanSnapshot from, PlanSnapshot to) => new(
        TestCaller.NewId("mig"), market.Provider, "move", "now", false, false, [new(from.PlanId, to)], null,
        new(market.Product, "monetized-product", "Monetized Product", "1.0.0", [market.Api, market.OtherApi], [new(market.Catalog, "bil_1")]), "usr_1", DateTimeOffset.UnixEpoch, 1);

    private static async Task<JsonElement> Compare(Market market, MigrationRequested request) =>
        Assert.Single((await market.Owner.Get($"/v1/subscriptions/price-comparisons?migrationId={request.MigrationId}")).GetProperty("data").EnumerateArray());

    private static long Amount(JsonElement of, string name) => of.GetProperty(name).GetProperty("amount").GetInt64();
}
