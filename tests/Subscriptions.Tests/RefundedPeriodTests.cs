using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using static Marketplace.Subscriptions.Tests.SeatTests;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What a refund means for access after the plan or its seats changed: five seats at 10.00 each, half a period of 30 days.</summary>
public sealed class RefundedPeriodTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Theory]
    [InlineData(null)]
    [InlineData(Subscription.RenewedAtStripe)]
    public async Task A_period_given_back_whole_after_a_change_to_something_cheaper_gives_no_access(string? model)
    {
        var (market, id, initial) = await Halfway(model);
        var fewer = await Change(market, id, 2, -1500);
        await market.Hear(Refund(initial, 3499, 2));
        Assert.Null(await Refusal(market, fewer));

        await market.Hear(Refund(initial, 5000, 3));
        Assert.Equal("payment_refunded", await Refusal(market, fewer));

        await market.Hear(Refund(initial, 0, 4));
        Assert.Null(await Refusal(market, fewer));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Subscription.RenewedAtStripe)]
    public async Task One_more_seat_that_is_given_back_leaves_access_to_the_others(string? model)
    {
        var (market, id, initial) = await Halfway(model);
        var more = await Change(market, id, 6, 500);
        await market.Hear(Refund(Charge(market, more, 500), 500, 2));
        Assert.Null(await Refusal(market, more));
        var most = await Change(market, more, 7, 500);
        await market.Hear(Refund(Charge(market, most, 500), 500, 2));
        Assert.Null(await Refusal(market, most));

        await market.Hear(Refund(initial, 5000, 2));
        Assert.Equal("payment_refunded", await Refusal(market, most));
    }

    [Fact]
    public async Task A_later_period_of_which_its_first_seats_were_given_back_counts_with_them()
    {
        var (market, id, _) = await Halfway();
        var end = await End(market, id);
        await market.MoveTo(end.AddHours(3));
        var period = Paid(market.Invoice(id, "period", "paid", "inv_2") with { CoversFrom = end, CoversTo = end.AddMonths(1) }, 5000);
        await market.Hear(period);
        await market.MoveTo(end.AddDays(3));
        var (more, costs) = await Change(market, id, 6);

        await market.Hear(Refund(Charge(market, more, costs), costs, 2));
        Assert.Null(await Refusal(market, more));
        await market.Hear(Refund(period, 5000, 2));
        Assert.Equal("payment_refunded", await Refusal(market, more));
    }

    [Fact]
    public async Task A_longer_period_was_paid_with_the_rest_of_the_one_before_too()
    {
        var (market, id, initial) = await Halfway();
        var yearly = await Change(market, id, "year", 47_500);
        await market.Hear(Refund(Charge(market, yearly, 47_500), 47_500, 2));
        Assert.Null(await Refusal(market, yearly));
        await market.Hear(Refund(initial, 5000, 2));
        Assert.Equal("payment_refunded", await Refusal(market, yearly));
    }

    [Fact]
    public async Task A_shorter_period_that_the_rest_of_the_one_before_paid_is_given_back_with_that()
    {
        var (market, id, initial) = await Halfway();
        var weekly = await Change(market, id, "week", -1300);
        await market.Hear(Refund(initial, 5000, 2));
        Assert.Equal("payment_refunded", await Refusal(market, weekly));
    }

    [Fact]
    public async Task A_change_between_two_periods_has_its_own_invoice_only()
    {
        var (market, id, initial) = await Halfway();
        var end = await End(market, id);
        await SeatTests.Change(market, id, 9, "period_end");
        await market.MoveTo(end.AddHours(3));
        var next = (await market.Read(id)).Text("migratedTo");
        var change = Charge(market, next, 9000) with { CoversFrom = end, CoversTo = end.AddMonths(1) };
        await market.Hear(change);
        await market.Hear(Refund(initial, 5000, 2));
        Assert.Null(await Refusal(market, next));

        await market.Hear(Refund(change, 9000, 2));
        Assert.Equal("payment_refunded", await Refusal(market, next));
    }

    [Fact]
    public async Task A_first_invoice_that_was_paid_after_its_time_counts_with_the_changes_of_the_time_that_it_paid_for()
    {
        var market = await Open(app, plan => plan with { PeriodUnit = "month" });
        var id = (await market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true, seats = 5 })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var from = app.Clock.GetUtcNow();
        await market.MoveTo(from.AddDays(40));
        var initial = Paid(market.Invoice(id, "initial", "paid") with { CoversFrom = from, CoversTo = from.AddMonths(1) }, 5000);
        await market.Hear(initial);
        await market.MoveTo(from.AddDays(50));
        var (more, costs) = await Change(market, id, 6);

        await market.Hear(Refund(Charge(market, more, costs), costs, 2));
        Assert.Null(await Refusal(market, more));
        await market.Hear(Refund(initial, 5000, 2));
        Assert.Equal("payment_refunded", await Refusal(market, more));
    }

    [Fact]
    public async Task A_refund_of_the_paid_plan_leaves_the_free_one_that_took_its_place()
    {
        var (market, id, initial) = await Halfway();
        var free = await Change(market, id, "free", -2500);
        await market.Hear(Refund(initial, 5000, 2));
        Assert.Equal(("active", null), (await market.Status(free), await Refusal(market, free)));
    }

    [Fact]
    public async Task A_provider_s_move_from_a_free_plan_has_its_own_invoice_only()
    {
        var (market, id, initial) = await Halfway();
        var free = await Change(market, id, "free", -2500);
        var target = market.Plan with { PlanId = TestCaller.NewId("pln"), Title = "Next", Price = new("flat", 3000, null) };
        await market.PublishAll(market.Plan, target);
        var request = Requested(market, target);
        request = request with { Plans = [request.Plans[0] with { SourcePlanId = (await market.Read(free)).GetProperty("plan").Id() }] };
        await app.Make<KeepMigration>().Handle(request, default);
        await Eventually.Until(async () => (await market.Read(free)).Text("status") == "migrated", "carried out");
        var (next, costs) = await Billed(market, (await market.Read(free)).Text("migratedTo"));
        Assert.Equal(3000, costs);
        await market.Hear(Refund(Charge(market, next, costs), costs, 2));
        Assert.Equal("payment_refunded", await Refusal(market, next));

        await market.Hear(Charge(market, next, costs) with { Version = 3 });
        await market.Hear(Refund(initial, 5000, 2));
        Assert.Null(await Refusal(market, next));
    }

    [Fact]
    public async Task What_the_balance_paid_is_paid_still_when_all_that_the_card_paid_went_back()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(Refund(initial, 3000, 2) with { AmountPaid = 3000, AmountSettled = 5000 });
        Assert.Null(await Refusal(market, id));
        await market.Hear(Refund(initial, 3000, 3) with { AmountPaid = 3000, AmountSettled = 5000, AmountTakenBack = 5000 });
        Assert.Equal("payment_refunded", await Refusal(market, id));

        await market.Hear(Refund(initial, 4999, 4) with { AmountPaid = 5030, AmountSettled = 5000 });
        Assert.Null(await Refusal(market, id));
        await market.Hear(Refund(initial, 5000, 5) with { AmountPaid = 5030, AmountSettled = 5000 });
        Assert.Equal("payment_refunded", await Refusal(market, id));
    }

    [Fact]
    public async Task Where_it_was_not_told_what_paid_it_in_all_the_invoice_says_so_as_far_as_it_was_paid()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(Refund(initial, 5000, 2) with { AmountPaid = 5030, AmountSettled = null });
        Assert.Equal("payment_refunded", await Refusal(market, id));
        await market.Hear(Refund(initial, 3000, 3) with { AmountPaid = 3000, AmountSettled = null });
        Assert.Equal("payment_refunded", await Refusal(market, id));
        await market.Hear(Refund(initial, 3000, 4) with { AmountPaid = null, AmountSettled = null });
        Assert.Null(await Refusal(market, id));
    }

    [Fact]
    public async Task A_dispute_lost_over_what_was_replaced_ends_what_waits_for_its_first_payment()
    {
        var (market, id, _) = await Halfway();
        var free = await Change(market, id, "free", -2500);
        var back = (await market.Admin.Post($"/v1/subscriptions/{free}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats = 5 }).Expect<JsonElement>()).GetProperty("subscription").Id();
        await Dispute(market, id, null, 1);
        Assert.Equal("awaiting_payment", await market.Status(back));

        await Dispute(market, id, "lost", 2);
        Assert.Equal(("cancelled", "never_paid"), ((await market.Read(back)).Text("status"), (await market.Read(back)).Text("endReason")));
        // By which Invoicing voids the first invoice, or gives back what was paid of it.
        Assert.Equal("never_paid", Assert.Single(await app.Announced<SubscriptionCancelled>(c => c.SubscriptionId == back)).Reason);

        await market.Hear(market.Invoice(back, "initial", "paid"));
        Assert.Equal("cancelled", await market.Status(back));
        Assert.Empty(await market.Closures(back));
    }

    [Fact]
    public async Task A_payment_that_was_heard_of_after_its_own_dispute_was_lost_began_the_subscription()
    {
        var market = await Open(app);
        var id = (await market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true, seats = 5 })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await Dispute(market, id, "lost", 1);
        Assert.Equal("awaiting_payment", await market.Status(id));
        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.Equal(("cancelled", "dispute_lost"), ((await market.Read(id)).Text("status"), (await market.Read(id)).Text("endReason")));
    }

    [Fact]
    public async Task Of_periods_of_before_their_ends_were_told_those_that_no_change_cut_have_one()
    {
        await using var schema = await EarlierSchema.Before("subscriptions", typeof(Subscription).Assembly, "020_invoiced_periods.sql");
        await schema.Database.Execute(
            """
            insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, product_id, product_name, product_title, release, plan_id, plan, status, created_at, created_by, billed, migrated_to)
            select id, 'org_1', 'org_2', 'cat_1', 'sandbox', 'prd_1', 'p', 'P', '1.0.0', 'pln_1', '{}', status, '2000-01-01', 'usr_1', true, next
            from (values ('sub_1', 'Migrated', 'sub_2'), ('sub_2', 'Active', null)) s (id, status, next)
            """);
        await schema.Database.Execute(
            """
            insert into periods (subscription_id, start_at, end_at, charged)
            values ('sub_1', '2026-03-01 00:00Z', '2026-03-11 00:00Z', true), ('sub_2', '2026-03-11 00:00Z', '2026-04-01 00:00Z', true)
            """);
        await schema.Database.Execute(
            """
            insert into invoices (id, subscription_id, kind, status, total, currency, covers_from, version)
            values ('inv_1', 'sub_1', 'initial', 'paid', 1, 'usd', '2026-03-01 00:00Z', 1), ('inv_2', 'sub_2', 'change', 'paid', 1, 'usd', '2026-03-11 00:00Z', 1)
            """);

        await schema.Migrate();

        Assert.Equal("inv_2 2026-04-01", await schema.Database.Scalar<string>("select string_agg(id || ' ' || (covers_to at time zone 'UTC')::date, ',') from invoices where covers_to is not null"));
    }

    // Five seats, paid, in the very middle of the period.
    private async Task<(Market Market, string Id, InvoiceChanged Initial)> Halfway(string? model = null)
    {
        var market = await Open(app, plan => plan with { PeriodUnit = "month" });
        var now = app.Clock.GetUtcNow();
        var month = Enumerable.Range(1, 12).Select(ahead => new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(ahead)).First(m => DateTime.DaysInMonth(m.Year, m.Month) == 30);
        await market.MoveTo(month);
        var id = (await market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true, seats = 5 })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var initial = Paid(market.Invoice(id, "initial", "paid") with { CoversFrom = month, CoversTo = month.AddMonths(1), BillingModel = model }, 5000);
        await market.Hear(initial);
        await market.MoveTo(month.AddDays(15));
        return (market, id, initial);
    }

    private async Task<string> Change(Market market, string id, int seats, long costs)
    {
        var (next, charged) = await Change(market, id, seats);
        Assert.Equal(costs, charged);
        return next;
    }

    private async Task<(string Next, long Costs)> Change(Market market, string id, int seats) => await Billed(market, (await SeatTests.Change(market, id, seats)).GetProperty("subscription").Id());

    // To five seats for a year at 100.00 each, or for a week at 2.40 each, or to nothing.
    private async Task<string> Change(Market market, string id, string unit, long costs)
    {
        var price = unit switch { "year" => 10_000, "week" => 240, _ => 0 };
        var other = (unit == "free" ? Market.Free(market.Plan) : market.Plan with { PeriodUnit = unit, Price = market.Plan.Price with { Base = price } }) with
        {
            PlanId = TestCaller.NewId("pln"), Name = "other", Title = "Other",
        };
        await market.PublishAll(market.Plan, other);
        var (next, charged) = await Billed(market, (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id());
        Assert.Equal(costs, charged);
        return next;
    }

    private async Task<(string Next, long Costs)> Billed(Market market, string id)
    {
        var costs = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == id)).Lines.Sum(line => line.Amount);
        await market.Hear(Charge(market, id, costs));
        return (id, costs);
    }

    private InvoiceChanged Charge(Market market, string id, long costs)
    {
        var now = app.Clock.GetUtcNow();
        return Paid(market.Invoice(id, "change", "paid") with { CoversFrom = now, CoversTo = now.AddDays(15) }, costs);
    }

    private static InvoiceChanged Paid(InvoiceChanged invoice, long total) => invoice with { Total = total, AmountPaid = Math.Max(0, total), AmountSettled = Math.Max(0, total), AmountTakenBack = 0 };

    private static InvoiceChanged Refund(InvoiceChanged invoice, long amount, long version) => invoice with { AmountRefunded = amount, AmountTakenBack = amount, Version = version };

    private static async Task<DateTimeOffset> End(Market market, string id) => (await market.Read(id)).GetProperty("currentPeriod").Time("end");

    private static async Task<string?> Refusal(Market market, string id) => (await market.Entitlement(id)).Refusal;

    private Task Dispute(Market market, string id, string? outcome, long version) => outcome is null
        ? app.Make<ApplyDispute>().Handle(new DisputeOpened("dsp_" + id, "inv_1", id, market.Consumer, 5000, "usd", "fraudulent", null, version), default)
        : app.Make<ApplyDispute>().Handle(new DisputeClosed("dsp_" + id, "inv_1", id, market.Consumer, outcome, app.Clock.GetUtcNow(), version), default);
}
