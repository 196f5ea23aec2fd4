using System.Net;
using System.Text.Json;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What this service tells for the comparison of all services' books.</summary>
public sealed class BooksTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private HttpClient Operator => app.ClientFor(TestCaller.Operator());

    [Fact]
    public async Task A_closure_is_taken_over_once_however_often_it_is_heard_also_when_it_costs_nothing()
    {
        var seller = await Seller.Open(app);
        var charged = seller.Approved(Plans.Of(model: "unit", unitAmount: "1"));
        var free = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Charge(charged);
        await seller.Charge(free);

        foreach (var closed in new[] { Seller.Closed(charged, 321, last: true), Seller.Closed(free, 70, last: true) })
        {
            await app.Make<ChargeClosedPeriod>().Handle(closed, default);
            await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        }

        Assert.Equal(("transactions", 321L), await UnitsOf(charged.SubscriptionId));
        Assert.Equal(("transactions", 70L), await UnitsOf(free.SubscriptionId));
    }

    [Fact]
    public async Task What_Stripe_lists_with_our_metadata_is_told_page_by_page_and_nothing_else()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        var stripe = app.Stripe.Client(seller.Account);
        for (var other = 0; other < 100; other++)
        {
            await stripe.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        }

        var first = await Operator.Get($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/customer");
        Assert.Empty(first.GetProperty("data").EnumerateArray());
        var second = await Operator.Get($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/customer?startingAfter={first.GetProperty("nextStartingAfter").GetString()}");
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextStartingAfter").ValueKind);
        var listed = Assert.Single(second.GetProperty("data").EnumerateArray());
        Assert.Equal(await seller.StripeId(listed.GetProperty("ourId").GetString()!), listed.GetProperty("stripeId").GetString());
        var recorded = (await Operator.Get("/v1/operations/invoicing/stripe-objects?limit=100")).GetProperty("data").EnumerateArray()
            .Single(entry => entry.GetProperty("ourId").GetString() == id);
        Assert.Equal((await seller.StripeId(id), "invoice", seller.Integration),
            (recorded.GetProperty("stripeId").GetString(), recorded.GetProperty("objectType").GetString(), recorded.GetProperty("integrationId").GetString()));
    }

    [Fact]
    public async Task What_cannot_be_listed_is_refused_with_the_reason()
    {
        var seller = await Seller.Open(app);

        await Operator.GetAsync($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/nothing").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Operator.GetAsync("/v1/operations/invoicing/stripe-objects/bil_none/customer").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Operator.GetAsync($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/product").ExpectProblem(HttpStatusCode.Conflict, "stripe_list_refused");
        await seller.Owner.GetAsync("/v1/operations/invoicing/books").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    private async Task<(string?, long)> UnitsOf(string subscription)
    {
        var book = (await Operator.Get("/v1/operations/invoicing/books?limit=100")).GetProperty("data").EnumerateArray().Single(b => b.GetProperty("subscriptionId").GetString() == subscription);
        var units = Assert.Single(book.GetProperty("units").EnumerateArray());
        return (units.GetProperty("unit").GetString(), units.GetProperty("quantity").GetInt64());
    }
}
