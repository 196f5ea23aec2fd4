using System.Net;
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
    [InlineData("open")]
    [InlineData("void")]
    [InlineData(null)]
    public async Task Seats_of_a_period_whose_invoice_is_not_paid_are_not_given_back_whatever_was_paid_for_one_more(string? status)
    {
        var market = await Open(app);
        var id = await Paid(market, 5);
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await market.MoveTo(end.AddHours(3));
        var period = market.Invoice(id, "period", status ?? "paid", TestCaller.NewId("inv")) with { CoversFrom = end, CoversTo = end.AddMonths(1) };
        if (status is null)
        {
            // Not heard of at all.
            await Refused(market, id, 2);
            await market.Hear(period);
            await Change(market, id, 2);
            return;
        }

        await market.Hear(period);
        await Refused(market, id, 2);
        var more = (await Change(market, id, 6)).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(more, "change", "paid"));
        await Refused(market, more, 2);
        if (status == "open")
        {
            await market.Hear(period with { Status = "paid", Version = 2 });
            await Change(market, more, 2);
        }
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

    private static Task<Refusal> Refused(Market market, string id, int seats) =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = market.Plan.PlanId, when = "now", seats }).ExpectProblem(HttpStatusCode.Conflict, "payment_open");
}
