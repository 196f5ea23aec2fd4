using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using static Marketplace.Subscriptions.Tests.SeatTests;

namespace Marketplace.Subscriptions.Tests;

/// <summary>Seats go back only where they were paid for, and change not without end in one day.</summary>
public sealed class SeatCreditTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Seats_given_back_before_they_were_paid_for_are_refused()
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        app.Clock.Advance(TimeSpan.FromDays(1));
        var more = (await Change(market, id, 20)).GetProperty("subscription").Id();
        var open = market.Invoice(more, "change", "open", TestCaller.NewId("inv"));
        await market.Hear(open);
        await market.Admin.Post($"/v1/subscriptions/{more}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats = 5 }).ExpectProblem(HttpStatusCode.Conflict, "payment_open");
        await Change(market, more, 25);
    }

    [Fact]
    public async Task Seats_whose_invoice_nobody_has_heard_of_yet_are_not_given_back()
    {
        var market = await Open(app);
        var id = await Paid(market, 2);
        app.Clock.Advance(TimeSpan.FromDays(1));
        var more = (await Change(market, id, 49)).GetProperty("subscription").Id();
        await Refused(market, more, 2);

        // Nor where the invoice of one seat more, which is paid, was heard of first.
        var most = (await Change(market, more, 50)).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(most, "change", "paid"));
        await Refused(market, most, 2);

        await market.Hear(market.Invoice(more, "change", "paid"));
        await Change(market, most, 2);
    }

    [Theory]
    [InlineData("open", null)]
    [InlineData(null, null)]
    [InlineData(null, Subscription.RenewedAtStripe)]
    public async Task Seats_of_a_period_whose_invoice_is_not_paid_are_not_given_back_whatever_was_paid_for_one_more(string? heard, string? model)
    {
        var market = await Open(app);
        var id = await BilledBy(model, market, 5);
        var period = await NextPeriod(market, id, heard ?? "paid");
        await (heard is null ? Task.CompletedTask : market.Hear(period));
        await Refused(market, id, 2);

        var more = await ChangedAndPaid(market, id, 6);
        await Refused(market, more, 2);
        // Nor over one more yet, which is paid too.
        more = await ChangedAndPaid(market, more, 7);
        await Refused(market, more, 2);

        await market.Hear(period with { Status = "paid", Version = 2 });
        await Change(market, more, 2);
    }

    [Fact]
    public async Task A_period_whose_invoice_is_not_paid_is_not_given_back_by_way_of_a_longer_one()
    {
        var market = await Open(app);
        var year = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "yearly", Title = "Yearly", PeriodUnit = "year", Price = market.Plan.Price with { Base = 9000 } };
        await market.PublishAll(market.Plan, year);
        var id = await Paid(market, 5);
        var period = await NextPeriod(market, id, "paid");
        var yearly = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = year.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(yearly, "change", "paid"));
        await Refused(market, yearly, 2, year.PlanId);

        await market.Hear(period);
        await market.Admin.Post($"/v1/subscriptions/{yearly}/change-plan", new { planId = year.PlanId, when = "now", seats = 2 }).Expect();
    }

    [Fact]
    public async Task A_period_that_its_change_charged_itself_has_no_invoice_to_wait_for()
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end.AddHours(1));
        var more = await ChangedAndPaid(market, id, 6);
        await market.MoveTo(end.AddHours(3));
        await Change(market, more, 2);
    }

    [Fact]
    public async Task A_period_without_a_base_price_has_no_invoice_to_wait_for()
    {
        var market = await Market.Open(app, plan => Market.PayPerUse(plan) with { SetupFee = 0 });
        var seats = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "seats", Title = "Seats", Price = new(PlanSeats.Model, 1000, null, MinimumSeats: 2, MaximumSeats: 50) };
        await market.PublishAll(market.Plan, seats);
        var id = await market.SubscribeAndPay();
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(3));
        var seated = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = seats.PlanId, when = "now", seats = 9 }).Expect<JsonElement>()).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(seated, "change", "paid"));

        await market.Admin.Post($"/v1/subscriptions/{seated}/change-plan", new { planId = seats.PlanId, when = "now", seats = 2 }).Expect();
    }

    [Fact]
    public async Task Of_a_period_that_the_provider_gave_up_nothing_is_given_back_and_fewer_seats_cost_nothing()
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        await market.Hear(await NextPeriod(market, id, "void"));
        var preview = await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = market.Plan.PlanId, when = "now", seats = 2 }).Expect<JsonElement>();

        var told = await Told(await Changed(market, id, 2));

        Assert.Equal(0, told.Sum(l => l.Amount));
        Assert.Equal((3, true), (told.Count, told[0].Amount < 0));
        Assert.Contains("not given back", told[2].Description, StringComparison.Ordinal);
        Assert.Equal(told.Select(l => l.Amount), preview.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("amount").GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task What_was_paid_on_top_of_a_period_that_was_given_up_is_given_back_and_no_more()
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        await market.Hear(await NextPeriod(market, id, "void"));
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(7));
        var more = await ChangedAndPaid(market, id, 20);
        var paid = (await Told(more)).Sum(l => l.Amount);

        var fewer = await ChangedAndPaid(market, more, 10);
        var least = await Changed(market, fewer, 2);

        Assert.InRange(paid, 8_000, 15_000);
        Assert.Equal((true, -paid), ((await Told(fewer)).Sum(l => l.Amount) < 0, (await Told(fewer)).Sum(l => l.Amount) + (await Told(least)).Sum(l => l.Amount)));
    }

    [Fact]
    public async Task Of_more_seats_that_the_provider_gave_up_only_what_was_paid_before_is_given_back()
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(7));
        var more = await Changed(market, id, 20);
        var change = await Told(more);
        await market.Hear(market.Invoice(more, "change", "void") with { Total = change.Sum(l => l.Amount) });

        var fewer = await Told(await Changed(market, more, 2));

        Assert.Equal(change[0].Amount, fewer.Sum(l => l.Amount));
    }

    [Fact]
    public async Task Seats_change_so_often_in_a_day_and_no_more()
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        for (var change = 1; change <= ChangePlan.MostPerDay; change++)
        {
            app.Clock.Advance(TimeSpan.FromMinutes(1));
            id = (await Change(market, id, 5 + change)).GetProperty("subscription").Id();
        }

        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats = 50 }).ExpectProblem(HttpStatusCode.Conflict, "changed_too_often", "when");
        await Change(market, id, 50, "period_end");
        app.Clock.Advance(TimeSpan.FromDays(1));
        await Change(market, id, 50);
    }

    private static Task<Refusal> Refused(Market market, string id, int seats, string? plan = null) =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan ?? market.Plan.PlanId, when = "now", seats }).ExpectProblem(HttpStatusCode.Conflict, "payment_open");

    private static async Task<string> Changed(Market market, string id, int seats) => (await Change(market, id, seats)).GetProperty("subscription").Id();

    private static async Task<string> ChangedAndPaid(Market market, string id, int seats)
    {
        var next = await Changed(market, id, seats);
        await market.Hear(market.Invoice(next, "change", "paid"));
        return next;
    }

    private async Task<IReadOnlyList<PlanChangeLine>> Told(string id) => Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == id)).Lines;

    // Into the second period, after the first was closed: the invoice of five seats of it, which nobody has heard of yet.
    private static async Task<InvoiceChanged> NextPeriod(Market market, string id, string status)
    {
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end.AddHours(3));
        return market.Invoice(id, "period", status, TestCaller.NewId("inv")) with { CoversFrom = end, CoversTo = end.AddMonths(1), Total = 5000 };
    }

    private async Task<string> BilledBy(string? model, Market market, int seats)
    {
        if (model is null)
        {
            return await Paid(market, seats);
        }

        var id = (await market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true, seats })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var now = app.Clock.GetUtcNow();
        var from = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        await market.Hear(market.Invoice(id, "initial", "paid") with { BillingModel = model, CoversFrom = from, CoversTo = from.AddMonths(1) });
        return id;
    }
}
