using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Requests that are told to be repeated, repeated under the key that they were sent with first.</summary>
public sealed class RefusedRequestTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_checkout_that_was_not_ready_is_opened_by_the_same_request_once_it_is()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/products", kind = "status", status = 400, times = 1 });
        var shop = await Shop.Open(app, seller, seller.Approved(Plans.Of(basePrice: 2500)));
        await StripeChangeTests.Dropped(seller, "mirror_plan");
        Task<HttpResponseMessage> Ask() => shop.Buyer.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription), "not-ready");

        // It has the plan brought to Stripe, and says so in a write of its own.
        await Ask().ExpectProblem(HttpStatusCode.ServiceUnavailable, "checkout_not_ready");
        await shop.Idle();

        var opened = await Ask().Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("open", opened.GetProperty("status").GetString());
        Assert.Equal(opened.GetProperty("url").GetString(), (await Ask().Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("url").GetString());
    }

    [Fact]
    public async Task A_page_that_Stripe_did_not_open_is_opened_by_the_same_request_for_the_customer_that_it_made_first()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/checkout/sessions", kind = "status", status = 503, times = 1 });
        var body = holder.Body();
        Task<HttpResponseMessage> Ask() => holder.Admin.Post("/v1/payment-methods", body, "away");

        await Ask().ExpectProblem(HttpStatusCode.ServiceUnavailable, "stripe_unavailable");
        await Ask().Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Single((await app.Stripe.Client(seller.Account).V1.Customers.ListAsync()).Data);
    }
}
