using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe said of a subscription while something else happened to it: nothing old is applied, and no change is missed.</summary>
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
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = stripe.Items.Data[0].Id, Quantity = 3 }], ProrationBehavior = "none" });

        await Assert.ThrowsAsync<TimeoutException>(shop.Hear);
        // It had read the subscription before.
        await Write(transaction => queue.Finish(transaction, job, default));
        await shop.Hear();
        Assert.Single(await StripeChangeTests.Changes(shop));
        await shop.Idle();
        Assert.Equal(1, (await shop.AtStripe()).Items.Data[0].Quantity);
    }

    private async Task Write(Func<Storage.Transaction, Task> write)
    {
        await using var transaction = await Database.Begin(default);
        await write(transaction);
        await transaction.Commit(default);
    }
}
