using System.Net;
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

        var book = (await app.ClientFor(TestCaller.Operator()).Get("/v1/operations/subscriptions/books?limit=100")).GetProperty("data").EnumerateArray()
            .Single(b => b.GetProperty("subscriptionId").GetString() == id);

        var units = Assert.Single(book.GetProperty("units").EnumerateArray());
        Assert.Equal((18L, 18L, 7L), (units.GetProperty("counted").GetInt64(), units.GetProperty("charged").GetInt64(), units.GetProperty("carried").GetInt64()));
        Assert.Equal(("active", null), (book.GetProperty("status").GetString(), book.GetProperty("refusal").GetString()));
        Assert.NotEmpty(book.GetProperty("invoices").EnumerateArray());
    }

    [Fact]
    public async Task Only_operators_are_told() =>
        await app.ClientFor(TestCaller.Stranger()).GetAsync("/v1/operations/subscriptions/books").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
}
