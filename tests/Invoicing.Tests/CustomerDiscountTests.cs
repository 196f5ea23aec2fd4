using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Coupons that somebody puts on a customer of ours at Stripe: shown, taken off, and off no invoice.</summary>
public sealed class CustomerDiscountTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PlanSnapshot Flat = Plans.Of(basePrice: 2500);

    [Theory]
    [InlineData("customer.updated")]
    [InlineData("customer.discount.created")]
    public async Task A_discount_of_a_customer_is_shown_and_taken_off_and_the_renewal_costs_what_we_rate(string type)
    {
        var shop = await Shop.Subscribed(app, Flat);
        var customer = await Discount(shop);
        await shop.Seller.Hear(customer, type, objectType: "customer");
        var change = (await StripeChangeTests.Changes(shop)).Single();
        Assert.Equal(("customer", await Ours(shop)), (Text(change, "objectType"), Text(change, "objectId")));
        Assert.Equal("discounted", change.GetProperty("what").EnumerateArray().Single().GetString());
        Assert.Contains("takes the discount off", Text(change, "advice"), StringComparison.Ordinal);
        await shop.Idle();
        Assert.Null((await shop.Client.V1.Customers.GetAsync(customer)).Discount);
        Assert.Equal("repaired", Text((await StripeChangeTests.Changes(shop)).Single(), "state"));

        await shop.EndPeriod(0);
        await Renewed(shop);
        Assert.Single(await StripeChangeTests.Changes(shop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renewal_that_was_drafted_with_it_goes_on_without_it(bool heard)
    {
        var shop = await Shop.Subscribed(app, Flat);
        var customer = await Discount(shop);
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        Assert.Equal(1250, (await shop.Renewal()).Total);
        if (heard)
        {
            await shop.Seller.Hear(customer, "customer.updated", objectType: "customer");
            await shop.Idle();
            Assert.Null((await shop.Client.V1.Customers.GetAsync(customer)).Discount);
        }

        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(0), default);
        await Renewed(shop);
        await shop.Idle();
        Assert.Null((await shop.Client.V1.Customers.GetAsync(customer)).Discount);
        Assert.Equal("repaired", Text((await StripeChangeTests.Changes(shop)).Single(), "state"));
    }

    [Fact]
    public async Task A_renewal_that_was_finalized_with_it_at_Stripe_is_void_and_ours_is_issued()
    {
        var shop = await Shop.Subscribed(app, Flat);
        await Discount(shop);
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        await shop.Client.V1.Invoices.FinalizeInvoiceAsync((await shop.Renewal()).Id, new InvoiceFinalizeOptions { AutoAdvance = false });
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(0), default);
        Assert.Equal(2500, (await shop.RenewalSums()).Total);
        Assert.Equal("void", (await shop.Renewal()).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_begins_is_charged_without_the_discount_that_its_customer_has(bool stored)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        await Eventually.Until(seller.Jobs, jobs => jobs.Count == 0, "Stripe knows the default");
        var customer = await holder.Customer();
        await app.Stripe.Discount(seller.Account, customer, 50);
        if (!stored)
        {
            await holder.Settings(version: 2, paymentMethods: false);
        }

        var shop = await Shop.Open(app, seller, holder.Approved(Flat));
        if (stored)
        {
            await shop.Begun();
        }
        else
        {
            await shop.Idle();
            await shop.Buy();
        }

        var first = await seller.Until(await seller.InvoiceOf(shop.Subscription, "initial"), "paid");
        Assert.Equal(("success", 2500), (Text(first, "level"), (await shop.Client.V1.Charges.ListAsync()).Data.Single().Amount));
        Assert.Null((await shop.Client.V1.Customers.GetAsync(customer)).Discount);
        Assert.Equal("repaired", Text((await StripeChangeTests.Changes(shop)).Single(), "state"));
    }

    [Fact]
    public async Task An_invoice_of_ours_bears_no_discount_whether_its_customer_has_one_or_somebody_put_it_on_the_draft()
    {
        var seller = await Seller.Open(app);
        var client = app.Stripe.Client(seller.Account);
        var approved = seller.Approved(Flat);
        await seller.Until(await seller.Charge(approved), "open");
        await app.Stripe.Discount(seller.Account, (await client.V1.Customers.ListAsync()).Data.Single().Id, 10);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "status", status = 503, times = 1 });
        var id = await seller.Charge(seller.Approved(Flat, approved.OrganizationId));
        await Eventually.Until(seller.Jobs, jobs => jobs.Exists(job => Text(job, "status") == "retrying"), "the draft waits");
        var draft = await client.V1.Invoices.GetAsync(await seller.StripeId(id));
        Assert.Equal((2500, 0), (draft.Total, draft.DiscountIds.Count));

        var coupon = await client.V1.Coupons.CreateAsync(new CouponCreateOptions { PercentOff = 50, Duration = "forever" });
        await client.V1.Invoices.UpdateAsync(draft.Id, new InvoiceUpdateOptions { Discounts = [new() { Coupon = coupon.Id }] });
        await app.Advance(TimeSpan.FromMinutes(70));
        Assert.Equal((2500, 0, 0, 2500), Taxed.Sums(await seller.Until(id, "open")));
    }

    [Theory]
    [InlineData("invoices")]
    [InlineData("subscriptions")]
    public async Task One_that_no_event_told_of_is_found_by_a_comparison(string billingModel)
    {
        var seller = await Seller.Open(app, billingModel: billingModel);
        var approved = seller.Approved(Flat);
        var shop = await Shop.Open(app, seller, approved);
        await shop.Idle();
        if (billingModel == "subscriptions")
        {
            await shop.Buy();
        }

        var customer = (await shop.Client.V1.Customers.ListAsync()).Data.Single().Id;
        await app.Stripe.Discount(seller.Account, customer, 10);
        var run = await RenewedReconciliationTests.Reconcile(shop);
        var drift = Assert.Single(await RenewedReconciliationTests.Drifts(shop, run));
        Assert.Equal(("customer_changed", "discounted", customer), (Text(drift, "kind"), Text(drift, "atStripe"), Text(drift, "stripeId")));
        await shop.Idle();
        Assert.Null((await shop.Client.V1.Customers.GetAsync(customer)).Discount);
        await RenewedReconciliationTests.Reconcile(shop);
        Assert.Equal("repaired", Text(Assert.Single(await RenewedReconciliationTests.Drifts(shop, run)), "state"));
    }

    [Fact]
    public async Task It_is_seen_by_a_key_that_may_not_list_payment_methods()
    {
        var seller = await Seller.Open(app);
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var customer = (await shop.Client.V1.Customers.ListAsync()).Data.Single().Id;
        await app.Stripe.Discount(seller.Account, customer, 10);
        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/customers/*/payment_methods", kind = "status", status = 403, times = 2 });
        await seller.Hear(customer, "customer.updated", objectType: "customer");
        await shop.Idle();
        Assert.Null((await shop.Client.V1.Customers.GetAsync(customer)).Discount);
    }

    [Fact]
    public async Task Customers_of_others_keep_theirs()
    {
        var seller = await Seller.Open(app);
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        await shop.Idle();
        var other = (await shop.Client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "other@example.com" })).Id;
        await app.Stripe.Discount(seller.Account, other, 10);
        await seller.Hear(other, "customer.discount.created", objectType: "customer");
        Assert.Empty(await RenewedReconciliationTests.Drifts(shop, await RenewedReconciliationTests.Reconcile(shop)));
        Assert.Empty(await StripeChangeTests.Changes(shop));
        Assert.NotNull((await shop.Client.V1.Customers.GetAsync(other)).Discount);
    }

    private static async Task Renewed(Shop shop)
    {
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        Assert.Equal((2500, 0, 0, 2500), Taxed.Sums(await shop.Seller.Until(id, "paid")));
        var renewal = await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id));
        Assert.Equal(("subscription_cycle", 2500), (renewal.BillingReason, renewal.AmountPaid));
    }

    private async Task<string> Discount(Shop shop)
    {
        var customer = (await shop.AtStripe()).CustomerId;
        await app.Stripe.Discount(shop.Seller.Account, customer, 50);
        return customer;
    }

    private Task<string?> Ours(Shop shop) => app.Database.Scalar<string>("select customer_id from stripe_subscriptions where id = $1", shop.Subscription);

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}

/// <summary>The same amid other answers, step by step.</summary>
public sealed class CustomerDiscountOrderTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    [Fact]
    public async Task What_a_later_answer_noted_while_the_job_was_under_way_has_the_job_once_more()
    {
        var seller = await Seller.Open(app);
        var shop = await Shop.Open(app, seller, seller.Approved(Plans.Of(basePrice: 2500)));
        await shop.Idle();
        var customer = (await shop.Client.V1.Customers.ListAsync()).Data.Single().Id;
        await app.Stripe.Discount(seller.Account, customer, 10);
        await seller.Hear(customer, "customer.updated", objectType: "customer");
        // As where another discount was given, heard of and noted after the job had asked, while it still stood in the queue.
        await app.Database.Execute("update customers set methods_applied = methods_applied + 100 where integration_id = $1", seller.Integration);
        var job = (await app.Services.GetRequiredService<JobQueue>().Claim(default))!;
        Assert.Equal("take_off_discount", job.Kind);
        await app.Services.GetRequiredService<JobWorker>().Carry(job, default);
        Assert.Equal("take_off_discount", Assert.Single(await seller.Jobs()).GetProperty("kind").GetString());
        Assert.Equal("open", Assert.Single(await StripeChangeTests.Changes(shop)).GetProperty("state").GetString());

        await app.Database.Execute("update customers set methods_applied = 0 where integration_id = $1", seller.Integration);
        await shop.Idle();
        Assert.Equal("repaired", Assert.Single(await StripeChangeTests.Changes(shop)).GetProperty("state").GetString());
    }
}
