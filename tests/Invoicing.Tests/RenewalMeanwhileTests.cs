using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe renews between two calls of ours.</summary>
public sealed class RenewalMeanwhileTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot PerCall = Plans.Priced(new("unit", 500, "1.5"));

    [Fact]
    public async Task A_renewal_that_comes_between_the_two_questions_of_its_settlement_is_settled_and_stays_no_draft()
    {
        var shop = await Shop.Subscribed(app, PerCall);
        await shop.Use(10);
        var id = (await shop.AtStripe()).Id;
        // Stripe is behind until it has listed no renewal.
        var closing = shop.Covers.To.AddHours(2);
        app.Stripe.Before(shop.Seller.Account, "GET", "/v1/invoices", Nothing);
        app.Stripe.Before(shop.Seller.Account, "GET", $"/v1/subscriptions/{id}", () => app.Stripe.MoveTo(closing));
        app.Clock.Advance(closing - app.Clock.GetUtcNow());
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(10), default);

        var ours = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");

        Assert.True(app.Stripe.HasHappened);
        var renewal = await shop.Renewal();
        Assert.Equal(("paid", 500 + 15L), (renewal.Status, renewal.AmountPaid));
        Assert.Equal(await shop.Seller.StripeId(ours.GetProperty("id").GetString()!), renewal.Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_renewal_that_comes_just_before_the_cancellation_of_what_a_plan_change_replaced_is_owed_by_nobody(bool isLost)
    {
        var old = await Shop.Subscribed(app, PerCall);
        await old.Use(40);
        var id = (await old.AtStripe()).Id;
        await app.Advance(old.Covers.To - app.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        app.Stripe.Before(old.Seller.Account, "DELETE", $"/v1/subscriptions/{id}", () => app.Stripe.MoveTo(old.Covers.To.AddMinutes(1)));
        await (isLost ? app.Stripe.Fail(new { account = old.Seller.Account, method = "DELETE", path = "/v1/subscriptions/*", kind = "lost", times = 1 }) : Task.CompletedTask);
        var next = await old.ChangedTo(PerCall with { PlanId = TestCaller.NewId("pln") }, calls: 40, lines: 100);
        await next.Retrying();
        await app.Advance(TimeSpan.FromMinutes(5));
        await next.Idle();

        Assert.True(app.Stripe.HasHappened);
        Assert.Equal("canceled", (await old.AtStripe()).Status);
        Assert.True(VoidStripeInvoice.IsDiscarded(await old.Renewal()));
        Assert.Equal(0, (await old.Client.V1.Customers.GetAsync((await old.AtStripe()).CustomerId)).Balance);
    }

    private static Task Nothing() => Task.CompletedTask;
}
