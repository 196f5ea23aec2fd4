using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What this service tells for the comparison of all services' books.</summary>
public sealed class BooksTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task Used_carried_and_waiting_units_are_told_with_the_access_of_this_moment()
    {
        var market = await Market.Open(app, Market.PayPerUse);
        var id = await market.SubscribeAndPay();
        var boundary = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var gateway = TestCaller.NewId("gw");
        await market.MoveTo(boundary + TimeSpan.FromHours(1));
        await market.Hear(market.Report(gateway, 1, id, 7, boundary.AddTicks(-10)));
        await market.Hear(market.Report(gateway, 2, id, 11, boundary));
        await market.MoveTo(boundary + TimeSpan.FromHours(2));

        var book = await Book(id);

        var units = Assert.Single(book.GetProperty("units").EnumerateArray());
        Assert.Equal((18L, 18L, 7L), (units.GetProperty("counted").GetInt64(), units.GetProperty("charged").GetInt64(), units.GetProperty("carried").GetInt64()));
        Assert.Equal(("active", null), (book.GetProperty("status").GetString(), book.GetProperty("refusal").GetString()));
        Assert.NotEmpty(book.GetProperty("invoices").EnumerateArray());
    }

    [Fact]
    public async Task A_first_period_that_was_paid_after_its_time_is_charged_from_where_its_invoice_begins()
    {
        var market = await Market.Open(app);
        var id = (await market.Subscribe()).Id();
        var begun = (await market.Read(id)).GetProperty("currentPeriod").Time("start");
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(70));
        await market.Hear(market.Invoice(id, "initial", "paid") with { CoversFrom = begun });
        await market.MoveTo(app.Clock.GetUtcNow() + TimeSpan.FromDays(1));

        Assert.NotEqual(begun, (await market.Read(id)).GetProperty("currentPeriod").Time("start"));
        Assert.Equal(begun, (await Book(id)).Time("chargedFrom"));
        await PlantedViolations.AreFound(app.ClientFor(TestCaller.Operator()), "subscriptions", app.Database, "current_periods_are_invoiced", "select 1", violations: 0);
    }

    [Fact]
    public async Task Only_operators_are_told() =>
        await app.ClientFor(TestCaller.Stranger()).GetAsync("/v1/operations/subscriptions/books").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");

    private async Task<JsonElement> Book(string id) => (await app.ClientFor(TestCaller.Operator()).Get("/v1/operations/subscriptions/books?limit=100")).GetProperty("data").EnumerateArray()
        .Single(book => book.GetProperty("subscriptionId").GetString() == id);
}
