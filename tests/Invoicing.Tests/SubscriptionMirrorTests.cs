using System.Text.Json;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe said of a subscription or a plan while something else happened to it: nothing old is applied, and no change is missed.</summary>
public sealed class SubscriptionMirrorTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private Database Database => app.Services.GetRequiredService<Database>();

    [Fact]
    public async Task What_was_fetched_before_a_subscription_was_ours_is_not_applied_once_it_is()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var session = await shop.Checkout();
        await shop.Pay(session);
        var integration = (await BillingIntegration.Find(Database, shop.Seller.Integration, default))!;
        var stripeId = (await shop.Client.V1.Subscriptions.ListAsync()).Data.Single().Id;
        var old = await app.Services.GetRequiredService<SubscriptionMirror>().Fetch(stripeId, integration, default);
        await shop.Completed(session);
        await shop.Idle();
        await shop.Client.V1.Subscriptions.CancelAsync(stripeId);
        await shop.Hear();

        await using var transaction = await Database.Begin(default);
        await Assert.ThrowsAsync<TimeoutException>(() => old(transaction, default));
        Assert.Equal("canceled", await app.Database.Scalar<string>("select status from stripe_subscriptions where id = $1", shop.Subscription));
    }

    [Fact]
    public async Task A_change_that_is_heard_of_while_the_subscription_is_set_up_is_heard_again_and_put_back()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var queue = app.Services.GetRequiredService<JobQueue>();
        await Write(transaction => queue.Enqueue(transaction, shop.Seller.Integration, shop.Organization, SetUpSubscription.JobKind, shop.Subscription, default));
        var job = (await queue.Claim(default))!;
        Assert.Equal(SetUpSubscription.JobKind, job.Kind);
        await Change(shop, 3, "none");

        await Assert.ThrowsAsync<TimeoutException>(shop.Hear);
        // It had read the subscription before.
        await Write(transaction => queue.Finish(transaction, job, default));
        await shop.Hear();
        Assert.Single(await StripeChangeTests.Changes(shop));
        await shop.Idle();
        Assert.Equal(1, (await shop.AtStripe()).Items.Data[0].Quantity);
    }

    [Fact]
    public async Task A_plan_that_is_changed_while_it_is_put_right_is_asked_about_again_and_put_right_once_more()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var queue = app.Services.GetRequiredService<JobQueue>();
        var (product, price) = ((await shop.Client.V1.Products.ListAsync()).Data.Single(), (await shop.Client.V1.Prices.ListAsync()).Data.Single());
        await shop.Client.V1.Prices.UpdateAsync(price.Id, new PriceUpdateOptions { Active = false });
        await shop.Seller.Hear(price.Id, "price.updated", objectType: "price");
        var job = (await queue.Claim(default))!;
        Assert.Equal(MirrorPlan.JobKind, job.Kind);
        // It is through with the product when that is archived, and ends as if nothing were left.
        await shop.Client.V1.Products.UpdateAsync(product.Id, new ProductUpdateOptions { Active = false });
        await Assert.ThrowsAsync<TimeoutException>(() => shop.Seller.Hear(product.Id, "product.updated", objectType: "product"));
        await Write(async transaction =>
        {
            await app.Services.GetRequiredService<CheckPlan>().MarkReady(transaction, (await PlanMirror.Lock(transaction, product.Id, default))!, default, job);
            await queue.Finish(transaction, job, default);
        });
        await shop.Seller.Hear(product.Id, "product.updated", objectType: "product");
        Assert.Equal("open price_archived/base product_archived", LastingChangeTests.Told((await StripeChangeTests.Changes(shop))[0]));
        await shop.Idle();
        Assert.True((await shop.Client.V1.Products.GetAsync(product.Id)).Active);
        Assert.True((await shop.Client.V1.Prices.GetAsync(price.Id)).Active);
    }

    [Theory]
    [InlineData("always_invoice", "heard")]
    [InlineData("always_invoice", "unheard")]
    [InlineData("always_invoice", "undone")]
    [InlineData("create_prorations", "heard")]
    [InlineData("create_prorations", "unheard")]
    public async Task A_change_beside_a_job_that_sets_the_subscription_up_anyway_is_shown_and_costs_its_payer_nothing(string prorations, string known)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(TimeSpan.FromDays(2));
        await Write(transaction => app.Services.GetRequiredService<JobQueue>().Enqueue(transaction, shop.Seller.Integration, shop.Organization, SetUpSubscription.JobKind, shop.Subscription, default));
        await Change(shop, 5, prorations);
        Assert.Equal(prorations == "always_invoice", await LastingChangeTests.Charged(shop) > 2500);
        if (known != "unheard")
        {
            await shop.Hear();
            Assert.Equal("open items_changed", Told(await StripeChangeTests.Changes(shop)));
        }

        if (known == "undone")
        {
            await Change(shop, 1, "none");
        }

        // Put back by an attempt that ends half-way; the same key is answered the same from then on.
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/refunds", kind = "status", status = 500, stored = true });
        await app.Turn();
        await app.Stripe.ClearFaults();
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        await shop.Hear();
        await shop.Idle();
        Assert.Equal((2500, 1L), (await LastingChangeTests.Charged(shop), StripeChangeTests.Licensed(await shop.AtStripe()).Quantity));
        Assert.Equal("repaired items_changed", Told(await StripeChangeTests.Changes(shop)));
        Assert.Empty((await shop.Client.V1.InvoiceItems.ListAsync(new InvoiceItemListOptions { Pending = true })).Data);
        await shop.EndPeriod(0);
        Assert.Equal(2500, (await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
    }

    [Fact]
    public async Task A_subscription_that_is_changed_before_it_was_set_up_is_shown_with_that_alone_and_costs_its_payer_nothing()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var session = await shop.Checkout();
        await shop.Pay(session);
        await shop.Completed(session);
        await shop.Hear();
        Assert.Empty(await StripeChangeTests.Changes(shop));
        await Change(shop, 5, "always_invoice");
        await shop.Hear();
        Assert.Equal("open items_changed", Told(await StripeChangeTests.Changes(shop)));
        await shop.Idle();
        Assert.Equal("repaired items_changed", Told(await StripeChangeTests.Changes(shop)));
        Assert.Equal(2500, await LastingChangeTests.Charged(shop));
    }

    [Fact]
    public async Task A_job_that_waits_does_not_begin_before_a_change_that_it_is_to_put_back_is_written_down()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var queue = app.Services.GetRequiredService<JobQueue>();
        await Write(transaction => queue.Enqueue(transaction, shop.Seller.Integration, shop.Organization, SetUpSubscription.JobKind, shop.Subscription, default));
        await Change(shop, 5, "always_invoice");
        var integration = (await BillingIntegration.Find(Database, shop.Seller.Integration, default))!;
        var seen = await app.Services.GetRequiredService<SubscriptionMirror>().Fetch(await shop.Seller.StripeId(shop.Subscription), integration, default);
        // What it sees there itself shows nothing of it any more.
        await Change(shop, 1, "none");
        await Write(async transaction =>
        {
            Assert.Null(await seen(transaction, default));
            Assert.Null(await queue.Claim(default));
        });
        await shop.Idle();
        Assert.Equal("repaired items_changed", Told(await StripeChangeTests.Changes(shop)));
        Assert.Equal(2500, await LastingChangeTests.Charged(shop));
    }

    private static async Task Change(Shop shop, long quantity, string prorations)
    {
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = StripeChangeTests.Licensed(stripe).Id, Quantity = quantity }], ProrationBehavior = prorations });
    }

    private static string Told(List<JsonElement> changes) => LastingChangeTests.Told(Assert.Single(changes));

    private async Task Write(Func<Storage.Transaction, Task> write)
    {
        await using var transaction = await Database.Begin(default);
        await write(transaction);
        await transaction.Commit(default);
    }
}
