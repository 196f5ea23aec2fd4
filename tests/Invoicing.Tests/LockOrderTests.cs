using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>Every write locks rows in one order: subscriptions, Stripe's subscriptions, customers, invoices, lanes, jobs. A write that waits for one of them holds
/// none of those behind it, which is what makes two writes wait for each other and end one of them.</summary>
public sealed class LockOrderTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private JobWorker Worker => app.Services.GetRequiredService<JobWorker>();

    [Fact]
    public async Task A_cancellation_that_waits_for_Stripe_s_subscription_holds_neither_invoice_nor_lane()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        Task cancelled;
        await using (await app.Database.HoldRow("stripe_subscriptions", shop.Subscription))
        {
            cancelled = app.Make<VoidOnCancellation>().Handle(new(shop.Subscription, shop.Organization, "rejected", app.Clock.GetUtcNow()), default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((true, true), (await app.Database.IsFree("invoices", invoice), await app.Database.IsFree("stripe_lanes", shop.Organization, "lane")));
        }

        await cancelled;
        Assert.Equal(["issue_credit_note", "end_subscription"], (await shop.Seller.Jobs()).Select(job => job.GetProperty("kind").GetString()));
        await shop.Idle();
    }

    [Fact]
    public async Task The_result_of_a_job_waits_for_the_customer_before_it_holds_the_invoice()
    {
        var (seller, invoice) = await BeforeItsInvoice();
        Task issued;
        await using (await app.Database.HoldRow("customers", await CustomerOf(invoice)))
        {
            issued = Worker.RunOne(default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((true, true), (await app.Database.IsFree("invoices", invoice), await LaneIsFree(invoice)));
        }

        await issued;
        Assert.Equal("open", (await seller.Invoice(invoice)).GetProperty("status").GetString());
        await app.Turn();
    }

    [Fact]
    public async Task A_deleted_customer_is_held_before_its_invoices_and_these_before_the_lane()
    {
        var (seller, invoice) = await BeforeItsInvoice();
        await app.Turn();
        var customer = await CustomerOf(invoice);
        var keys = (await BillingIntegration.Find(app.Services.GetRequiredService<Storage.Database>(), seller.Integration, default))!.Keys;
        Task deleted;
        await using (await app.Database.HoldRow("invoices", invoice))
        {
            deleted = app.Make<CustomerDeletion>().Apply(keys, customer, default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((false, true), (await app.Database.IsFree("customers", customer), await LaneIsFree(invoice)));
        }

        await deleted;
        await app.Turn();
        Assert.Equal("void", (await seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_comparison_that_waits_for_Stripe_s_subscription_does_not_hold_its_invoice()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        await Forget(invoice);
        Task<Difference?> settled;
        await using (await app.Database.HoldRow("stripe_subscriptions", shop.Subscription))
        {
            settled = Settle(shop, invoice);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("invoices", invoice));
        }

        Assert.Null(await settled);
        Assert.Equal("paid", (await shop.Seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("retry", HttpStatusCode.OK)]
    [InlineData("void", HttpStatusCode.Accepted)]
    public async Task What_sets_a_stuck_job_going_holds_its_lane_first(string action, HttpStatusCode answer)
    {
        var (seller, invoice) = await BeforeItsInvoice();
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400 });
        await app.Turn();
        var job = Assert.Single(await seller.Jobs()).GetProperty("id").GetString()!;
        Task<HttpResponseMessage> asked;
        await using (await app.Database.HoldRow("stripe_lanes", await LaneOf(invoice), "lane"))
        {
            asked = seller.Owner.Post($"/v1/invoices/{invoice}/{action}");
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("stripe_jobs", job));
        }

        await asked.Expect(answer);
        await app.Turn();
        Assert.Empty(await seller.Jobs());
    }

    [Fact]
    public async Task Everything_that_happens_to_one_subscription_at_once_ends_without_a_deadlock()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        var stripeId = await shop.Seller.StripeId(invoice);
        var cancelled = new SubscriptionCancelled(shop.Subscription, shop.Organization, "rejected", app.Clock.GetUtcNow());
        for (var round = 1; round <= 12; round++)
        {
            await Forget(invoice);
            await Task.WhenAll(
                app.Make<VoidOnCancellation>().Handle(cancelled, default),
                app.Make<KeepUsage>().Handle(shop.Counted(1), default),
                app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, round % 2 == 1, shop.Covers.To, round), default),
                Heard(shop.Hear()),
                Heard(shop.Seller.Hear(stripeId)),
                Heard(Settle(shop, invoice)),
                app.Turn());
        }

        await shop.Idle();
        Assert.DoesNotContain(app.Logs.Entries, entry => entry.Contains("40P01", StringComparison.Ordinal));
        Assert.Equal(("canceled", "paid"), ((await shop.AtStripe()).Status, (await shop.Seller.Invoice(invoice)).GetProperty("status").GetString()));
    }

    // What was fetched before a change of ours is not applied; its event is announced again.
    private static async Task Heard(Task hearing)
    {
        try
        {
            await hearing;
        }
        catch (TimeoutException changed)
        {
            Assert.Contains("changed while Stripe was asked", changed.Message, StringComparison.Ordinal);
        }
    }

    // As if the news of its payment had never come.
    private Task<int> Forget(string invoice) =>
        app.Database.Execute("update invoices set status = 'open', amount_paid = 0, paid_at = null, version = version + 1 where id = $1", invoice);

    private async Task<Difference?> Settle(Shop shop, string invoice)
    {
        var integration = (await BillingIntegration.Find(app.Services.GetRequiredService<Storage.Database>(), shop.Seller.Integration, default))!;
        return await app.Make<CompareInvoice>().Settle(null, integration, "our_invoices", invoice, await shop.Seller.StripeId(invoice), default);
    }

    // Its customer is made, and the job that issues it is the next.
    private async Task<(Seller Seller, string Invoice)> BeforeItsInvoice()
    {
        var seller = await Seller.Open(app);
        var invoice = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        Assert.True(await Worker.RunOne(default));
        return (seller, invoice);
    }

    private async Task<string> CustomerOf(string invoice) => (await app.Database.Scalar<string>("select customer_id from invoices where id = $1", invoice))!;

    private async Task<string> LaneOf(string invoice) => (await app.Database.Scalar<string>("select organization_id from invoices where id = $1", invoice))!;

    private async Task<bool> LaneIsFree(string invoice) => await app.Database.IsFree("stripe_lanes", await LaneOf(invoice), "lane");
}
