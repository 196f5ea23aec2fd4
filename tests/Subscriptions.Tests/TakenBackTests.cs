using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Testing;
using static Marketplace.Subscriptions.Tests.SeatTests;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What a refund or a credit note took back of a period is not given back once more by a change: five seats at 10.00 each, half a period of 30 days.</summary>
public sealed class TakenBackTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Theory]
    [InlineData(0, null, 1500)]
    [InlineData(1000, null, 1500)]
    [InlineData(3000, null, 1000)]
    [InlineData(3000, Subscription.RenewedAtStripe, 1000)]
    [InlineData(5000, null, 0)]
    [InlineData(9000, null, 0)]
    [InlineData(2900, null, 1000, "isk")] // 10.50 krónur are paid: 10 of them can be given back
    [InlineData(3005, null, 990, "kwd")] // and of 0.998 dinars 0.990
    public async Task A_change_gives_back_of_the_rest_only_what_is_paid_of_it_still(long takenBack, string? model, long given, string currency = "usd")
    {
        var (market, id, initial) = await Halfway(model, currency);
        await market.Hear(initial with { AmountTakenBack = takenBack, Version = 2 });
        var preview = await Preview(market, id, 2);

        var told = await Told(await Changed(market, id, 2));

        Assert.Equal(-given, told.Sum(line => line.Amount));
        Assert.Equal(given == 1500 ? 2 : 3, told.Count);
        Assert.All(told.Skip(2), line => Assert.Contains("not given back, because it was not paid or was given back before", line.Description, StringComparison.Ordinal));
        Assert.Equal(told.Select(line => (line.Description, line.Amount)), preview.Select(line => (line.Text("description"), line.GetProperty("amount").GetProperty("amount").GetInt64())));
    }

    [Fact]
    public async Task Where_only_what_went_to_the_payer_was_told_that_is_what_was_taken_back()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(initial with { AmountRefunded = 3000, AmountPaid = 5000, Version = 2 });
        Assert.Equal(-1000, await Sum(await Changed(market, id, 2)));
    }

    [Fact]
    public async Task A_refund_that_is_not_made_after_all_lowers_nothing()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(initial with { AmountTakenBack = 5000, Version = 2 });
        await market.Hear(initial with { AmountTakenBack = 0, Version = 3 });
        Assert.Equal(-1500, await Sum(await Changed(market, id, 2)));
    }

    [Fact]
    public async Task A_refund_of_everything_that_was_paid_withholds_the_change_as_it_does_access()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(initial with { AmountRefunded = 5000, AmountPaid = 5000, AmountTakenBack = 5000, Version = 2 });
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats = 2 }).ExpectProblem(HttpStatusCode.Conflict, "payment_refunded");
    }

    [Fact]
    public async Task A_dearer_change_costs_the_difference_all_the_same_and_the_way_back_from_it_gives_back_what_it_cost()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(initial with { AmountTakenBack = 3000, Version = 2 });
        var more = await ChangedAndPaid(market, id, 9);
        Assert.Equal(2000, await Sum(more));

        var fewer = await ChangedAndPaid(market, more, 5);
        var least = await Changed(market, fewer, 2);

        Assert.Equal((-2000, -1000), (await Sum(fewer), await Sum(least)));
    }

    [Fact]
    public async Task What_is_paid_after_a_change_that_gave_nothing_more_back_is_given_back_whole()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(initial with { AmountTakenBack = 5000, Version = 2 });
        var least = await ChangedAndPaid(market, id, 2);
        var more = await ChangedAndPaid(market, least, 9);
        Assert.Equal((0, 3500), (await Sum(least), await Sum(more)));

        Assert.Equal(-3500, await Sum(await Changed(market, more, 2)));
    }

    [Fact]
    public async Task Of_a_change_s_own_invoice_a_set_up_fee_that_is_given_back_lowers_nothing()
    {
        var (market, id, _) = await Halfway();
        var other = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "other", Title = "Other", SetupFee = 3000 };
        await market.PublishAll(market.Plan, other);
        var next = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now", seats = 9 }).Expect<JsonElement>()).GetProperty("subscription").Id();
        Assert.Equal(3000 + 2000, await Sum(next));
        await market.Hear(market.Invoice(next, "change", "paid") with { Total = 5000, AmountTakenBack = 3000 });
        Assert.Equal(-3500, (await Preview(market, next, 2, other.PlanId)).Sum(Amount));

        await market.Hear(market.Invoice(next, "change", "paid", version: 2) with { Total = 5000, AmountTakenBack = 4000 });
        Assert.Equal(-3500, (await Preview(market, next, 2, other.PlanId)).Sum(Amount));

        await market.Hear(market.Invoice(next, "change", "paid", version: 3) with { Total = 5000, AmountTakenBack = 5000 });
        Assert.Equal(-2500, (await Preview(market, next, 2, other.PlanId)).Sum(Amount));
    }

    [Theory]
    [InlineData(2000, 0, 1500)]
    [InlineData(5000, 0, 1000)]
    [InlineData(6000, 1400, 1000)]
    public async Task Of_a_later_period_usage_is_taken_back_first_and_tax_with_what_it_is_of(long takenBack, long tax, long given)
    {
        var (market, id, _) = await Halfway();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end.AddHours(3));
        await market.MoveTo(end.AddDays((end.AddMonths(1) - end).TotalDays / 2));
        await market.Hear(market.Invoice(id, "period", "paid", TestCaller.NewId("inv")) with { CoversFrom = end, CoversTo = end.AddMonths(1), Total = 7000 + tax, Tax = tax, AmountTakenBack = takenBack });
        Assert.Equal(-given, (await Preview(market, id, 2)).Sum(Amount));
    }

    [Fact]
    public async Task What_was_taken_back_of_a_period_goes_along_into_the_longer_one_that_took_its_rest()
    {
        var (market, id, initial) = await Halfway();
        var year = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "yearly", Title = "Yearly", PeriodUnit = "year", Price = market.Plan.Price with { Base = 9000 } };
        var free = Market.Free(market.Plan) with { PlanId = TestCaller.NewId("pln"), Name = "free", Title = "Free" };
        await market.PublishAll(market.Plan, year, free);
        await market.Hear(initial with { AmountTakenBack = 3000, Version = 2 });
        var yearly = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = year.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(yearly, "change", "paid"));
        Assert.Equal(45_000 - 2500, await Sum(yearly));

        var lines = (await market.Admin.Post($"/v1/subscriptions/{yearly}/preview-change", new { planId = free.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("lines").EnumerateArray();

        Assert.Equal(-(45_000 - 2500 + 1000), lines.Sum(Amount));
    }

    [Fact]
    public async Task What_was_taken_back_of_a_period_says_nothing_about_the_next_one_of_another_plan()
    {
        var (market, id, initial) = await Halfway();
        await market.Hear(initial with { AmountTakenBack = 4000, Version = 2 });
        await Change(market, id, 9, "period_end");
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end.AddHours(3));
        var next = (await market.Read(id)).Text("migratedTo");
        await market.Hear(market.Invoice(next, "change", "paid") with { Total = 9000 });
        await market.MoveTo(end.AddDays((end.AddMonths(1) - end).TotalDays / 2));
        Assert.Equal(-3500, (await Preview(market, next, 2)).Sum(Amount));
    }

    // Five seats, paid with the set-up of the first period, in the very middle of it.
    private async Task<(Market Market, string Id, InvoiceChanged Initial)> Halfway(string? model = null, string currency = "usd")
    {
        var market = await Open(app, plan => plan with { PeriodUnit = "month", Currency = currency });
        var now = app.Clock.GetUtcNow();
        // A month of 30 days from midnight on, so that its half is a whole amount.
        var month = Enumerable.Range(1, 12).Select(ahead => new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(ahead)).First(m => DateTime.DaysInMonth(m.Year, m.Month) == 30);
        await market.MoveTo(month);
        var id = (await market.Admin.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true, seats = 5 })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var initial = market.Invoice(id, "initial", "paid") with { Total = 5000, CoversFrom = month, CoversTo = month.AddMonths(1), BillingModel = model };
        await market.Hear(initial);
        await market.MoveTo(month.AddDays(15));
        return (market, id, initial);
    }

    private static async Task<List<JsonElement>> Preview(Market market, string id, int seats, string? plan = null) =>
        [.. (await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = plan ?? market.Plan.PlanId, when = "now", seats }).Expect<JsonElement>()).GetProperty("lines").EnumerateArray()];

    private static async Task<string> Changed(Market market, string id, int seats) => (await Change(market, id, seats)).GetProperty("subscription").Id();

    private static async Task<string> ChangedAndPaid(Market market, string id, int seats)
    {
        var next = await Changed(market, id, seats);
        await market.Hear(market.Invoice(next, "change", "paid"));
        return next;
    }

    private static long Amount(JsonElement line) => line.GetProperty("amount").GetProperty("amount").GetInt64();

    private async Task<long> Sum(string id) => (await Told(id)).Sum(line => line.Amount);

    private async Task<IReadOnlyList<PlanChangeLine>> Told(string id) => Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == id)).Lines;
}
