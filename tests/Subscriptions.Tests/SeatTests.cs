using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Plans sold by seats: 10.00 a month for each of 2 to 50.</summary>
public sealed class SeatTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private readonly string gateway = TestCaller.NewId("gw");

    [Fact]
    public async Task A_subscription_has_the_seats_that_it_was_taken_with_wherever_it_is_shown()
    {
        var market = await Open();
        var taken = await Subscribe(market, 5);
        var id = taken.Id();

        Assert.Equal(5, Seats(taken));
        Assert.Equal(5, Seats(await market.Read(id)));
        Assert.Equal(5, Seats((await market.Admin.Get<JsonElement>($"/v1/subscriptions?organizationId={market.Consumer}")).GetProperty("data")[0]));
        Assert.Equal(5, Seats((await market.Owner.Get<JsonElement>($"/v1/subscriptions?planId={market.Plan.PlanId}")).GetProperty("data")[0]));
        var told = Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == id));
        Assert.Equal((5, 5000L), (told.Plan.Seats, Rating.First("P", told.Plan, told.PeriodStart, told.PeriodEnd).Sum(l => l.Amount)));
        Assert.Equal(5, JsonElement.Parse(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "subscription.requested")).After!).GetProperty("seats").GetInt32());
        await market.Hear(market.Invoice(id, "initial", "paid"));
        var line = Assert.Single((await market.Admin.Get<JsonElement>($"/v1/subscriptions/{id}/upcoming-invoice")).GetProperty("lines").EnumerateArray());
        Assert.Equal(("base", 5L, "1000", 5000L), (line.Text("kind"), line.GetProperty("quantity").GetInt64(), line.Text("unitAmount"), Amount(line.GetProperty("amount"))));
        Assert.Contains("5 seats", line.Text("description"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_number_of_seats_is_given_it_is_the_plan_s_least() =>
        Assert.Equal(2, Seats(await Subscribe(await Open(), null)));

    [Theory]
    [InlineData(1)]
    [InlineData(51)]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(int.MaxValue)]
    public async Task Fewer_or_more_seats_than_the_plan_sells_are_refused_with_its_bounds(int seats)
    {
        var market = await Open();
        await market.Admin.Post("/v1/subscriptions", Request(market, seats)).ExpectProblem(HttpStatusCode.BadRequest, "seats_out_of_bounds", "seats");
        var refused = JsonElement.Parse(await (await market.Admin.Post("/v1/subscriptions", Request(market, seats))).Content.ReadAsStringAsync());
        Assert.Equal((2, 50), (refused.GetProperty("minimumSeats").GetInt32(), refused.GetProperty("maximumSeats").GetInt32()));
        var id = await Paid(market, 5);
        foreach (var route in (string[])["change-plan", "preview-change"])
        {
            await market.Admin.Post($"/v1/subscriptions/{id}/{route}", new { planId = market.Plan.PlanId, when = "now", seats }).ExpectProblem(HttpStatusCode.BadRequest, "seats_out_of_bounds", "seats");
        }
    }

    [Fact]
    public async Task A_plan_that_is_not_sold_by_seats_takes_none()
    {
        var market = await Market.Open(app);
        await market.Admin.Post("/v1/subscriptions", Request(market, 1)).ExpectProblem(HttpStatusCode.BadRequest, "seats_not_sold", "seats");
        var id = await market.SubscribeAndPay();
        Assert.True((await market.Read(id)).IsNull("seats"));
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats = 3 }).ExpectProblem(HttpStatusCode.BadRequest, "seats_not_sold", "seats");
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(8, 5)]
    public async Task Other_seats_now_are_prorated_by_the_second_as_previewed_and_told_once(int before, int after)
    {
        var market = await Open();
        var id = await Paid(market, before);
        var period = (await market.Read(id)).GetProperty("currentPeriod");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(11).AddMinutes(7));

        var preview = await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = market.Plan.PlanId, when = "now", seats = after }).Expect<JsonElement>();
        var done = await Change(market, id, after);

        var next = done.GetProperty("subscription");
        Assert.Equal(("done", after, "active"), (done.Text("state"), Seats(next), next.Text("status")));
        Assert.Equal((after, after * 1000L), (Seats(preview), Amount(preview.GetProperty("nextBase"))));
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
        var (start, end) = (period.Time("start"), period.Time("end"));
        Assert.Equal(
            [-Rating.Prorate(before * 1000, "usd", (start, end), told.PeriodStart, end), Rating.Prorate(after * 1000, "usd", (start, end), told.PeriodStart, end)], told.Lines.Select(l => l.Amount));
        Assert.Equal(told.Lines.Select(l => l.Amount), preview.GetProperty("lines").EnumerateArray().Select(l => Amount(l.GetProperty("amount"))));
        Assert.Equal([$"{before} seats", $"{after} seats"], told.Lines.Select(l => l.Description.Split(", ")[1]));
        Assert.Equal(after, told.Plan.Seats);
        Assert.Equal(end, next.GetProperty("currentPeriod").Time("end"));
    }

    [Fact]
    public async Task Other_seats_at_the_period_s_end_can_be_taken_back_and_charge_a_whole_period_line_by_quantity()
    {
        var market = await Open();
        var id = await Paid(market, 5);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        Assert.Equal(("scheduled", 5), ((await Change(market, id, 9, "period_end")).Text("state"), Seats(await market.Read(id))));
        Assert.Equal(9, (await market.Read(id)).GetProperty("scheduledChange").GetProperty("seats").GetInt32());
        await market.Admin.Delete($"/v1/subscriptions/{id}/change-plan").Expect(HttpStatusCode.NoContent);
        // Of two wishes the later one counts.
        await Change(market, id, 9, "period_end");
        await Change(market, id, 3, "period_end");
        Assert.Equal(3, (await market.Read(id)).GetProperty("scheduledChange").GetProperty("seats").GetInt32());

        await market.MoveTo(end.AddHours(3));

        var next = await market.Read((await market.Read(id)).Text("migratedTo"));
        Assert.Equal((3, "active", end), (Seats(next), next.Text("status"), next.GetProperty("currentPeriod").Time("start")));
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
        Assert.Equal([("base", 3L, 1000L, 3000L, end)], told.Lines.Select(l => (l.Kind, l.Quantity, l.UnitAmount!.Value, l.Amount, l.PeriodStart)));
    }

    [Fact]
    public async Task Of_two_changes_at_once_one_prorates_and_the_other_finds_the_subscription_replaced()
    {
        var market = await Open();
        var id = await Paid(market, 5);
        await using var held = await app.Database.HoldRow("subscriptions", id);
        var asked = new[] { 6, 7 }.Select(seats => market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats })).ToList();
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();

        var answers = await Task.WhenAll(asked);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
        var next = await market.Read((await market.Read(id)).Text("migratedTo"));
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
        Assert.Equal(Seats(next), told.Plan.Seats);
        Assert.Contains(Seats(next), new[] { 6, 7 });
    }

    [Fact]
    public async Task The_same_seats_again_change_nothing()
    {
        var market = await Open();
        var id = await Paid(market, 5);
        foreach (var body in new object[] { new { planId = market.Plan.PlanId, when = "now", seats = 5 }, new { planId = market.Plan.PlanId, when = "period_end" } })
        {
            await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", body).ExpectProblem(HttpStatusCode.Conflict, "plan_unchanged", "seats");
        }
    }

    [Fact]
    public async Task Keys_and_what_was_used_of_a_strict_quota_go_on_with_other_seats()
    {
        var market = await Open(plan => plan with { Quotas = [new("quo_1", "transactions", 1000, "strict", "period", null, [])] });
        var id = await Paid(market, 5);
        var granted = await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created);
        await market.Hear(market.Report(gateway, 1, id, 900, app.Clock.GetUtcNow()));
        await market.MoveTo(app.Clock.GetUtcNow().AddMinutes(5));
        // An API that the product has lost since is kept, as it is without a change.
        await market.Publish(change: p => p with { Apis = [.. p.Apis.Where(a => a.ApiId != market.Api)] });

        var next = (await Change(market, id, 50)).GetProperty("subscription").Id();
        await market.Hear(market.Report(gateway, 2, "sub_none", 0, app.Clock.GetUtcNow(), app.Clock.GetUtcNow().AddSeconds(1)) with { Entries = [] });

        var entitlement = await market.Entitlement(next);
        Assert.Equal([market.Api], entitlement.Granted.Select(g => g.ApiId));
        Assert.Equal(next, (await market.Feed()).Credentials.Single(c => c.CredentialId == granted.GetProperty("credential").Id()).SubscriptionId);
        var lease = await market.Gateway.Put("/internal/leases", new LeaseRequest(gateway, next, "quo_1", entitlement.PeriodStart, 5000)).Expect<LeaseAnswer>();
        Assert.Equal((100L, 0L), (lease.Granted, lease.Left));
    }

    [Theory]
    [InlineData("deprecated")]
    [InlineData("hidden")]
    [InlineData("withdrawn")]
    public async Task Seats_change_also_where_the_plan_is_not_sold_any_more(string becomes)
    {
        var market = await Open();
        var id = await Paid(market, 5);
        await (becomes switch
        {
            "withdrawn" => market.Withdraw(),
            "hidden" => market.PublishAll([market.Plan], p => p with { PlanReaders = [new(market.Plan.PlanId, "none", null)] }),
            _ => market.PublishAll(market.Plan with { Status = "deprecated", SetupFee = 77, Price = market.Plan.Price with { Base = 9 } }),
        });

        var now = (await Change(market, id, 6)).GetProperty("subscription").Id();
        await Change(market, now, 7, "period_end");
        await market.MoveTo((await market.Read(now)).GetProperty("currentPeriod").Time("end").AddHours(3));

        var then = await market.Read((await market.Read(now)).Text("migratedTo"));
        Assert.Equal((7, 1000L), (Seats(then), then.GetProperty("plan").GetProperty("price").GetProperty("base").GetInt64()));
    }

    [Fact]
    public async Task A_term_goes_on_when_seats_change_and_none_change_after_it()
    {
        var market = await Open(plan => plan with { TermPeriods = 3 });
        var id = await Paid(market, 5);
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3));

        id = (await Change(market, id, 6)).GetProperty("subscription").Id();
        Assert.Equal(2, (await market.Read(id)).GetProperty("plan").GetProperty("termPeriods").GetInt32());
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3));
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when = "period_end", seats = 9 }).ExpectProblem(HttpStatusCode.Conflict, "term_ends", "when");
        id = (await Change(market, id, 7)).GetProperty("subscription").Id();
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3));

        Assert.Equal("expired", await market.Status(id));
    }

    [Fact]
    public async Task Within_a_trial_seats_change_for_nothing_and_the_first_invoice_is_over_the_last_ones()
    {
        var market = await Open(plan => plan with { TrialDays = 14 });
        var id = (await Subscribe(market, 5)).Id();
        var trial = (await market.Read(id)).Time("trialUntil");

        var next = (await Change(market, id, 12)).GetProperty("subscription");

        Assert.Equal(("trialing", trial, 12), (next.Text("status"), next.Time("trialUntil"), Seats(next)));
        await market.MoveTo(trial.AddHours(3));
        Assert.Equal(12, Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == next.Id())).Plan.Seats);
        Assert.Empty(await app.Announced<SubscriptionPlanChanged>(c => c.ReplacedSubscriptionId == id));
    }

    [Fact]
    public async Task Another_plan_keeps_the_seats_where_it_sells_as_many_and_drops_them_where_it_sells_none()
    {
        var market = await Open();
        var wide = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Wide", Price = market.Plan.Price with { Base = 1500, MinimumSeats = 1, MaximumSeats = 9 } };
        var flat = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Flat", Price = new("flat", 9000, null) };
        await market.PublishAll(market.Plan, wide, flat);
        var id = await Paid(market, 12);
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = wide.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.BadRequest, "seats_out_of_bounds", "seats");
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = flat.PlanId, when = "now", seats = 12 }).ExpectProblem(HttpStatusCode.BadRequest, "seats_not_sold", "seats");

        id = await To(wide, 9);
        Assert.Equal(9, Seats(await market.Read(id)));
        id = await To(market.Plan, null);
        Assert.Equal(9, Seats(await market.Read(id)));
        id = await To(flat, null);
        Assert.True((await market.Read(id)).IsNull("seats"));
        id = await To(market.Plan, null);
        Assert.Equal(2, Seats(await market.Read(id)));

        async Task<string> To(PlanSnapshot plan, int? seats)
        {
            app.Clock.Advance(TimeSpan.FromMinutes(1));
            var next = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan.PlanId, when = "now", seats }).Expect<JsonElement>()).GetProperty("subscription").Id();
            await market.Hear(market.Invoice(next, "change", "paid"));
            return next;
        }
    }

    [Theory]
    [InlineData(12, null, 12, 18_000L)]
    [InlineData(12, "seats_out_of_bounds", null, 18_000L)]
    [InlineData(12, "none", null, 1_500L)]
    public async Task A_migration_keeps_seats_where_its_target_sells_as_many(int seats, string? what, int? kept, long after)
    {
        var market = await Open();
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Next", Price = what == "none" ? new("flat", 1500, null) : market.Plan.Price with { Base = 1500, MaximumSeats = what is null ? 50 : 11 } };
        await market.PublishAll(market.Plan, target);
        var id = await Paid(market, seats);
        var request = Requested(market, target);
        var compared = (await market.Owner.Get<JsonElement>($"/v1/subscriptions/price-comparisons?planId={market.Plan.PlanId}&targetPlanId={target.PlanId}")).GetProperty("data")[0];
        Assert.Equal((seats, 12_000L, after), (Seats(compared.GetProperty("before")), Amount(compared.GetProperty("before").GetProperty("base")), Amount(compared.GetProperty("after").GetProperty("base"))));
        Assert.Equal(what == "seats_out_of_bounds" ? what : null, compared.GetProperty("notComparable").GetString());

        await app.Make<KeepMigration>().Handle(request, default);
        await Eventually.Until(async () => await app.Database.Scalar<bool>("select coalesce(bool_and(state in ('migrated', 'failed')), false) from plan_changes where migration_id = $1", request.MigrationId), "carried out");

        var row = (await app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == request.MigrationId))[^1];
        Assert.Equal((12_000L, after), (row.BaseBefore, row.BaseAfter!.Value));
        if (what == "seats_out_of_bounds")
        {
            Assert.Equal(("failed", what, "active"), (row.State, row.Reason, await market.Status(id)));
            return;
        }

        var next = await market.Read(row.NewSubscriptionId!);
        Assert.Equal(kept, next.IsNull("seats") ? null : Seats(next));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_migration_at_the_period_s_end_follows_to_the_subscription_with_other_seats(bool isNamed)
    {
        var market = await Open();
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Next", Price = market.Plan.Price with { Base = 1500 } };
        var id = await Paid(market, 5);
        await market.PublishAll(market.Plan with { Status = "deprecated" }, target);
        var request = Requested(market, target) with { Timing = "period_end", SubscriptionIds = isNamed ? [id] : null };
        await app.Make<KeepMigration>().Handle(request, default);
        await Eventually.Until(async () => await app.Database.Scalar<bool>("select taken from plan_migrations where id = $1", request.MigrationId), "taken");

        var next = (await Change(market, id, 6)).GetProperty("subscription").Id();
        Assert.Equal(request.MigrationId, (await market.Read(next)).GetProperty("scheduledChange").Text("migrationId"));
        await market.MoveTo((await market.Read(next)).GetProperty("currentPeriod").Time("end").AddHours(3));

        var moved = await market.Read((await market.Read(next)).Text("migratedTo"));
        Assert.Equal((target.PlanId, 6), (moved.GetProperty("plan").Id(), Seats(moved)));
    }

    [Fact]
    public async Task A_migration_of_a_named_subscription_finds_the_one_with_other_seats_that_took_its_place_before()
    {
        var market = await Open(app);
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Next", Price = market.Plan.Price with { Base = 1500 } };
        await market.PublishAll(market.Plan, target);
        var id = await Paid(market, 5);
        var next = (await Change(market, (await Change(market, id, 6)).GetProperty("subscription").Id(), 7)).GetProperty("subscription").Id();
        var request = Requested(market, target) with { Timing = "period_end", SubscriptionIds = [id, "sub_none"] };

        await app.Make<KeepMigration>().Handle(request, default);
        await Eventually.Until(async () => await app.Database.Scalar<bool>("select taken from plan_migrations where id = $1", request.MigrationId), "taken");

        Assert.Equal([("pending", next)], (await app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == request.MigrationId)).Select(m => (m.State, m.SubscriptionId)));
        var taken = Assert.Single(await app.Announced<MigrationTaken>(m => m.MigrationId == request.MigrationId));
        Assert.Equal(["sub_none"], taken.UnknownSubscriptionIds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_migration_that_looks_for_subscribers_while_seats_change_goes_on_to_the_new_subscription(bool isNamed)
    {
        var market = await Open();
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Next", Price = market.Plan.Price with { Base = 1500 } };
        await market.PublishAll(market.Plan, target);
        var id = await Paid(market, 5);
        var held = await app.Database.HoldRow("subscriptions", id);
        var changing = Change(market, id, 6);
        await app.Database.UntilBlockedOnLocks(1);
        var request = Requested(market, target) with { Timing = "period_end", SubscriptionIds = isNamed ? [id] : null };
        await app.Make<KeepMigration>().Handle(request, default);
        await app.Database.UntilBlockedOnLocks(2);
        await held.DisposeAsync();

        var next = (await changing).GetProperty("subscription").Id();
        await Eventually.Until(async () => await app.Database.Scalar<bool>("select taken from plan_migrations where id = $1", request.MigrationId), "taken");

        Assert.Equal(
            [("pending", next), ("skipped", id)],
            (await app.Announced<SubscriptionMigrationChanged>(m => m.MigrationId == request.MigrationId)).GroupBy(m => m.SubscriptionId).Select(m => (m.Last().State, m.Key)).Order());
        await app.Make<KeepMigration>().Handle(new MigrationWithdrawn(request.MigrationId, 2), default);
        Assert.True((await market.Read(next)).IsNull("scheduledChange"));
    }

    [Fact]
    public async Task Who_may_not_change_plans_changes_no_seats()
    {
        var market = await Open();
        var id = await Paid(market, 5);
        var body = new { planId = market.Plan.PlanId, when = "now", seats = 6 };
        await app.ClientFor(TestCaller.Stranger()).Post($"/v1/subscriptions/{id}/change-plan", body).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Developer)).Post($"/v1/subscriptions/{id}/change-plan", body).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await market.Owner.Post($"/v1/subscriptions/{id}/change-plan", body).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    internal static MigrationRequested Requested(Market market, PlanSnapshot target) => new(
        TestCaller.NewId("mig"), market.Provider, "move", "now", true, false, [new(market.Plan.PlanId, target)], null,
        new(market.Product, "next", "Next", "2.0.0", [market.Api, market.OtherApi], [new(market.Catalog, "bil_1")]), "usr_owner", DateTimeOffset.UnixEpoch, 1);

    private static object Request(Market market, int? seats) => new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true, seats };

    private static Task<JsonElement> Subscribe(Market market, int? seats) => market.Admin.Post("/v1/subscriptions", Request(market, seats)).Expect<JsonElement>(HttpStatusCode.Created);

    internal static async Task<string> Paid(Market market, int seats)
    {
        var id = (await Subscribe(market, seats)).Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        return id;
    }

    internal static Task<JsonElement> Change(Market market, string id, int seats, string when = "now") =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when, seats }).Expect<JsonElement>();

    private static int Seats(JsonElement shown) => shown.GetProperty("seats").GetInt32();

    private static long Amount(JsonElement money) => money.GetProperty("amount").GetInt64();

    private Task<Market> Open(Func<PlanSnapshot, PlanSnapshot>? change = null) => Open(app, change);

    internal static Task<Market> Open(ServiceApp<Program> app, Func<PlanSnapshot, PlanSnapshot>? change = null) => Market.Open(app, plan =>
    {
        var seats = plan with { Price = new(PlanSeats.Model, 1000, null, MinimumSeats: 2, MaximumSeats: 50), Quotas = [] };
        return change is null ? seats : change(seats);
    });
}
