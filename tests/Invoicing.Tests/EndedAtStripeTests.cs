using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe renews and somebody ends there, in its portal or its dashboard.</summary>
public sealed class EndedAtStripeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_base_price_that_was_charged_before_anybody_heard_of_an_end_at_once_goes_back_whole()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(shop.Covers.To.AddHours(-1) - app.Clock.GetUtcNow());
        await shop.Client.V1.Subscriptions.CancelAsync((await shop.AtStripe()).Id);
        var end = (await shop.AtStripe()).EndedAt;
        await shop.EndPeriod(0);
        var next = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(2500, next.GetProperty("amountPaid").GetProperty("amount").GetInt64());
        await app.Advance(TimeSpan.FromHours(12));

        await shop.Hear();
        var told = Assert.Single(await Changes(shop));
        Assert.Equal(("ended", end), (told.Change, told.At.UtcDateTime));
        // Subscriptions ends it at that time.
        await shop.Cancelled("ended_at_stripe", told.At);
        await shop.Idle();

        Assert.Equal(-2500, (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Balance);
    }

    private Task<List<StripeSubscriptionChanged>> Changes(Shop shop) => app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription);
}
