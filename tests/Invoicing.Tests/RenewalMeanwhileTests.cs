using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe renews, and what it forgets, between two calls of ours.</summary>
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taking_an_end_back_leaves_the_term_its_end_at_Stripe(bool atStripe)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500) with { TermPeriods = 3 });
        var term = (await shop.AtStripe()).CancelAt;
        Assert.Equal(shop.Covers.From.AddMonths(3).UtcDateTime, term);
        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, true, shop.Covers.To, 5), default);
        await shop.Idle();
        Assert.Equal((true, shop.Covers.To.UtcDateTime), ((await shop.AtStripe()).CancelAtPeriodEnd, (await shop.AtStripe()).CancelAt));
        if (atStripe)
        {
            // In its portal; Subscriptions answers with its own word.
            await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = false });
            await shop.Hear();
            Assert.Equal("goes_on", Assert.Single(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).Change);
        }

        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, false, shop.Covers.To, 6), default);
        await shop.Idle();

        Assert.Equal((false, term), ((await shop.AtStripe()).CancelAtPeriodEnd, (await shop.AtStripe()).CancelAt));
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(term, (await shop.AtStripe()).CancelAt);
        Assert.Equal(atStripe ? 1 : 0, (await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).Count);
        Assert.Empty((await shop.Client.V1.InvoiceItems.ListAsync(new InvoiceItemListOptions { Customer = (await shop.AtStripe()).CustomerId })).Data);
    }

    private static Task Nothing() => Task.CompletedTask;
}
