using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What somebody changes at Stripe of what the marketplace made there: shown, put back, and without a wrong amount for anyone.</summary>
public sealed class StripeChangeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PriceSnapshot PerCall = new("unit", 500, "1.5");

    [Fact]
    public async Task A_plan_that_was_archived_and_renamed_at_Stripe_is_shown_and_put_back_with_the_objects_that_are_there()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        var product = (await shop.Client.V1.Products.ListAsync()).Data.Single();
        var price = await shop.Client.V1.Prices.GetAsync(await Part(shop, "usage1"));
        var meter = (await shop.Client.V1.Billing.Meters.ListAsync()).Data.Single();
        await shop.Client.V1.Products.UpdateAsync(product.Id, new ProductUpdateOptions { Active = false, Name = "Mine" });
        await shop.Client.V1.Prices.UpdateAsync(price.Id, new PriceUpdateOptions { Active = false });
        await shop.Client.V1.Billing.Meters.DeactivateAsync(meter.Id);

        await shop.Seller.Hear(product.Id, "product.updated", objectType: "product");
        var change = (await Changes(shop)).Single();
        Assert.Equal(("plan", product.Id), (Text(change, "objectType"), Text(change, "objectId")));
        Assert.Equal(["meter_deactivated/usage1", "price_archived/usage1", "product_archived", "product_renamed"], change.GetProperty("what").EnumerateArray().Select(w => w.GetString()));
        await shop.Idle();

        var after = await shop.Client.V1.Products.GetAsync(product.Id);
        Assert.Equal((true, product.Name), (after.Active, after.Name));
        Assert.True((await shop.Client.V1.Prices.GetAsync(price.Id)).Active);
        Assert.Equal("active", (await shop.Client.V1.Billing.Meters.GetAsync(meter.Id)).Status);
        Assert.Equal(2, (await shop.Client.V1.Prices.ListAsync()).Data.Count);
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
        await shop.Seller.Hear(price.Id, "price.updated", objectType: "price");
        await shop.Seller.Hear(meter.Id, "billing.meter.reactivated", objectType: "billing.meter");
        Assert.Single(await Changes(shop));
    }

    [Fact]
    public async Task A_price_that_is_not_there_any_more_is_made_anew_under_its_plan_once()
    {
        var shop = await Shop.Open(app, Plans.Priced(PerCall));
        var old = await Part(shop, "base");
        // As after a deletion in the dashboard: neither the id that is on record nor the lookup key finds anything.
        await shop.Client.V1.Prices.UpdateAsync(old, new PriceUpdateOptions { LookupKey = "" });
        await app.Database.Execute("update stripe_objects set stripe_id = 'price_gone' || left(our_id, 20) where stripe_id = $1", old);
        var product = (await shop.Client.V1.Products.ListAsync()).Data.Single().Id;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => shop.Seller.Hear(product, "product.updated", objectType: "product")));
        await shop.Idle();
        var made = await Part(shop, "base");
        Assert.NotEqual(old, made);
        Assert.Equal(3, (await shop.Client.V1.Prices.ListAsync()).Data.Count);
        var session = await shop.Checkout();
        await shop.Pay(session);
        await shop.Completed(session);
        Assert.Contains((await shop.AtStripe()).Items.Data, item => item.Price.Id == made);
    }

    [Fact]
    public async Task A_meter_that_is_deactivated_while_it_is_used_is_active_again_and_nothing_is_lost()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        var meter = (await shop.Client.V1.Billing.Meters.ListAsync()).Data.Single();
        await shop.Client.V1.Billing.Meters.DeactivateAsync(meter.Id);
        await app.Make<KeepUsage>().Handle(shop.Counted(40), default);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        Assert.Equal("active", (await shop.Client.V1.Billing.Meters.GetAsync(meter.Id)).Status);
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
        await shop.EndPeriod(40);
        Assert.Equal(560, (await Paid(shop)).GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task What_is_changed_at_a_subscription_in_the_dashboard_is_put_back_and_its_renewal_costs_what_we_rate()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(100);
        await app.Advance(TimeSpan.FromDays(3));
        var stripe = await shop.AtStripe();
        var coupon = await shop.Client.V1.Coupons.CreateAsync(new CouponCreateOptions { PercentOff = 50, Duration = "forever" });
        await shop.Client.V1.Subscriptions.UpdateAsync(stripe.Id, new SubscriptionUpdateOptions
        {
            Items = [new SubscriptionItemOptions { Id = Licensed(stripe).Id, Quantity = 3 }], ProrationBehavior = "create_prorations", PauseCollection = null,
            Discounts = [new SubscriptionDiscountOptions { Coupon = coupon.Id }],
        });
        Assert.Null((await shop.AtStripe()).PauseCollection);

        await shop.Hear();
        var change = (await Changes(shop)).Single();
        Assert.Equal(("subscription", shop.Subscription), (Text(change, "objectType"), Text(change, "objectId")));
        Assert.Equal(["collection_resumed", "discounted", "items_changed"], change.GetProperty("what").EnumerateArray().Select(w => w.GetString()));
        await shop.Idle();
        var after = await shop.AtStripe();
        Assert.Equal(("keep_as_draft", 1L), (after.PauseCollection.Behavior, Licensed(after).Quantity));
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));

        await shop.EndPeriod(100);
        var invoice = await Paid(shop);
        Assert.Equal(650, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!))).BillingReason);
    }

    [Theory]
    [InlineData("anchor_moved")]
    [InlineData("trial")]
    public async Task A_calendar_of_Stripe_s_own_is_shown_and_the_period_is_charged_by_our_invoice(string word)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(TimeSpan.FromDays(3));
        var change = word == "trial" ? new SubscriptionUpdateOptions { TrialEnd = shop.Covers.To.AddDays(40).UtcDateTime, ProrationBehavior = "none" }
            : new SubscriptionUpdateOptions { BillingCycleAnchor = SubscriptionBillingCycleAnchor.Now, ProrationBehavior = "none" };
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, change);
        await shop.EndPeriod(0);
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        Assert.Equal(2500, (await shop.Seller.Until(id, "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
        var seen = (await Changes(shop)).Single();
        Assert.Equal((word, "open"), (seen.GetProperty("what").EnumerateArray().Single().GetString(), Text(seen, "state")));
        Assert.Contains("Nothing has to be done", Text(seen, "advice"), StringComparison.Ordinal);
        Assert.Equal(5000, await LastingChangeTests.Charged(shop));
    }

    [Fact]
    public async Task Tax_rates_that_are_put_on_a_subscription_are_taken_off()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var rate = await shop.Client.V1.TaxRates.CreateAsync(new TaxRateCreateOptions { DisplayName = "VAT", Percentage = 19, Inclusive = false });
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { DefaultTaxRates = [rate.Id] });
        await shop.Hear();
        Assert.Equal("taxed", (await Changes(shop)).Single().GetProperty("what").EnumerateArray().Single().GetString());
        await shop.Idle();
        Assert.Empty((await shop.AtStripe()).DefaultTaxRates ?? []);
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
        await shop.EndPeriod(0);
        Assert.Equal(2500, (await Paid(shop)).GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Theory]
    // One that a card paid, one that credit paid, one over less than nothing, and one over less than Stripe charges.
    [InlineData(9900, 0)]
    [InlineData(9900, -50000)]
    [InlineData(1900, 0)]
    [InlineData(2520, 0)]
    public async Task Another_plan_s_price_on_a_subscription_gives_way_to_its_own_and_neither_payer_nor_balance_bears_it(long price, long balance)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var stripe = await shop.AtStripe();
        var other = await shop.Client.V1.Prices.CreateAsync(new PriceCreateOptions
        {
            Currency = "usd", UnitAmount = price, Recurring = new() { Interval = "month" }, ProductData = new() { Name = "Other" },
        });
        await Move(shop, balance);
        await app.Advance(TimeSpan.FromDays(2));
        await shop.Client.V1.Subscriptions.UpdateAsync(stripe.Id, new SubscriptionUpdateOptions
        {
            Items = [new SubscriptionItemOptions { Id = Licensed(stripe).Id, Price = other.Id }], ProrationBehavior = "always_invoice",
        });
        var before = (await shop.Client.V1.Invoices.ListAsync()).Data.Single(Changed);
        Assert.Equal("paid", before.Status);
        Assert.NotEqual(0, before.Total);
        Assert.Equal((price, balance) == (9900, 0), before.AmountPaid > 0);
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(2500, Licensed(await shop.AtStripe()).Price.UnitAmount);
        Assert.Equal(before.AmountPaid, (await shop.Client.V1.Refunds.ListAsync()).Data.Sum(refund => refund.Amount));
        Assert.Equal(balance, await Balance(shop));
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(balance, await Balance(shop));
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
        await shop.EndPeriod(0);
        Assert.Equal(2500, (await Paid(shop)).GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal(balance == 0 ? 0 : balance + 2500, await Balance(shop));
    }

    [Theory]
    [InlineData(2500, -5000, -2500)]
    [InlineData(60, 0, 0)]
    public async Task A_renewal_over_another_amount_that_the_balance_settled_is_undone_there_and_our_own_invoice_is_owed(long basePrice, long balance, long left)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: basePrice));
        await Move(shop, balance);
        var coupon = await shop.Client.V1.Coupons.CreateAsync(new CouponCreateOptions { PercentOff = 50, Duration = "forever" });
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = Licensed(stripe).Id, Discounts = [new SubscriptionItemDiscountOptions { Coupon = coupon.Id }] }], ProrationBehavior = "none" });
        await shop.EndPeriod(0);
        Assert.Equal(basePrice, (await Paid(shop)).GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
        Assert.Equal((0L, basePrice / 2), ((await shop.Renewal()).AmountPaid, (await shop.Renewal()).Total));
        Assert.Equal(left, await Balance(shop));
    }

    [Fact]
    public async Task A_discount_that_nobody_heard_of_is_found_at_the_settlement_and_taken_off_the_renewal_and_the_subscription()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var coupon = await shop.Client.V1.Coupons.CreateAsync(new CouponCreateOptions { PercentOff = 50, Duration = "forever" });
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { Discounts = [new SubscriptionDiscountOptions { Coupon = coupon.Id }] });
        await shop.EndPeriod(0);
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        Assert.Equal(2500, (await shop.Seller.Until(id, "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
        Assert.Equal(2500, (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id))).AmountPaid);
        Assert.Equal("paid", (await shop.Renewal()).Status);
        Assert.Empty((await shop.AtStripe()).DiscountIds);
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_discount_on_a_single_item_is_shown_and_taken_off_and_a_renewal_with_it_gives_way_to_ours(bool heard)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var coupon = await shop.Client.V1.Coupons.CreateAsync(new CouponCreateOptions { PercentOff = 50, Duration = "forever" });
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = Licensed(stripe).Id, Discounts = [new SubscriptionItemDiscountOptions { Coupon = coupon.Id }] }], ProrationBehavior = "none" });
        Assert.Single(Licensed(await shop.AtStripe()).DiscountIds);
        if (heard)
        {
            await shop.Hear();
            Assert.Equal("discounted", (await Changes(shop)).Single().GetProperty("what").EnumerateArray().Single().GetString());
            await shop.Idle();
            Assert.Empty(Licensed(await shop.AtStripe()).DiscountIds);
        }

        await shop.EndPeriod(0);
        var invoice = await Paid(shop);
        Assert.Equal(2500, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
        Assert.Equal(heard ? "paid" : "void", (await shop.Renewal()).Status);
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
        Assert.Empty(Licensed(await shop.AtStripe()).DiscountIds);
    }

    [Fact]
    public async Task What_a_change_was_charged_is_given_back_although_Stripe_recorded_that_it_could_not()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(TimeSpan.FromDays(2));
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = Licensed(stripe).Id, Quantity = 5 }], ProrationBehavior = "always_invoice" });
        var charged = (await shop.Client.V1.Invoices.ListAsync()).Data.Single(Changed).AmountPaid;
        Assert.True(charged > 0);
        // The same key is answered the same from then on.
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/refunds", kind = "status", status = 500, stored = true });
        await shop.Hear();
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        Assert.Equal(charged, (await shop.Client.V1.Refunds.ListAsync()).Data.Single().Amount);
        Assert.Equal("repaired", Text((await Changes(shop)).Single(), "state"));
    }

    [Fact]
    public async Task A_checkout_waits_for_a_plan_that_turns_out_to_be_archived()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        await shop.Client.V1.Prices.UpdateAsync(await Part(shop, "base"), new PriceUpdateOptions { Active = false });
        Assert.Equal("checkout_not_ready", Text(await shop.Ask(HttpStatusCode.ServiceUnavailable), "code"));
        await shop.Idle();
        await shop.Checkout();
    }

    [Fact]
    public async Task A_plan_whose_job_was_removed_from_the_queue_is_made_when_a_checkout_or_a_comparison_needs_it()
    {
        foreach (var ask in (Func<Shop, Task>[])[shop => shop.Ask(HttpStatusCode.ServiceUnavailable), RenewedReconciliationTests.Reconcile])
        {
            var seller = await Seller.Open(app, billingModel: "subscriptions");
            await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/products", kind = "status", status = 400, times = 1 });
            var shop = await Shop.Open(app, seller, seller.Approved(Plans.Of(basePrice: 2500)));
            await Dropped(seller, "mirror_plan");
            await ask(shop);
            await shop.Idle();
            await shop.Checkout();
        }
    }

    [Fact]
    public async Task What_no_event_told_of_is_found_by_a_comparison()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Client.V1.Prices.UpdateAsync(await Part(shop, "base"), new PriceUpdateOptions { Active = false });
        var stripe = await shop.AtStripe();
        await shop.Client.V1.Subscriptions.UpdateAsync(stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = Licensed(stripe).Id, Quantity = 7 }], ProrationBehavior = "none" });

        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        var run = await RenewedReconciliationTests.Reconcile(shop);
        var drifts = await RenewedReconciliationTests.Drifts(shop, run);
        Assert.Equal(["plan_changed price_archived/base", "subscription_changed items_changed"], drifts.Select(d => $"{Text(d, "kind")} {Text(d, "atStripe")}").Order());
        // What the comparison put into the queue somebody removes: a click brings it back.
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);
        foreach (var drift in drifts)
        {
            Assert.Equal("repairing", Text(await Repair(drift).Expect<JsonElement>(), "state"));
        }

        await shop.Idle();
        Assert.True((await shop.Client.V1.Prices.GetAsync(await Part(shop, "base"))).Active);
        Assert.Equal(1, Licensed(await shop.AtStripe()).Quantity);
        foreach (var drift in drifts)
        {
            // Unless the timer looked at it before.
            (await Repair(drift)).Dispose();
        }

        Assert.All(await RenewedReconciliationTests.Drifts(shop, run), drift => Assert.Equal("repaired", Text(drift, "state")));

        Task<HttpResponseMessage> Repair(JsonElement drift) => shop.Seller.Owner.Post($"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair");
    }

    [Fact]
    public async Task Changes_are_shown_to_the_provider_s_administrators_and_operators_alone()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var path = new Uri($"/v1/billing-integrations/{shop.Seller.Integration}/stripe-changes", UriKind.Relative);
        Assert.Equal(HttpStatusCode.NotFound, (await app.ClientFor(TestCaller.Provider(TestCaller.NewId("org"), Roles.Owner)).GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await shop.Buyer.GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.Seller.Owner.GetAsync(new Uri($"{path}?state=odd", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.ClientFor(TestCaller.Operator()).GetAsync(path)).StatusCode);
    }

    internal static async Task<List<JsonElement>> Changes(Shop shop) =>
        [.. (await shop.Seller.Owner.Get($"/v1/billing-integrations/{shop.Seller.Integration}/stripe-changes")).GetProperty("data").EnumerateArray()];

    /// <summary>Waits until Stripe refused a job, and drops it.</summary>
    internal static async Task Dropped(Seller seller, string kind)
    {
        var jobs = await Eventually.Until(
            seller.Jobs, jobs => jobs.Exists(job => Text(job, "kind") == kind && Text(job, "status") == "failed"), $"{kind} failed", TimeSpan.FromSeconds(30));
        var dropped = Text(jobs.Single(job => Text(job, "kind") == kind), "id");
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs/{dropped}").Expect(HttpStatusCode.NoContent);
    }

    private static bool Changed(Stripe.Invoice invoice) => invoice.BillingReason == "subscription_update";

    internal static async Task Move(Shop shop, long balance)
    {
        if (balance != 0)
        {
            await shop.Client.V1.Customers.BalanceTransactions.CreateAsync((await shop.AtStripe()).CustomerId, new CustomerBalanceTransactionCreateOptions { Amount = balance, Currency = "usd" });
        }
    }

    internal static async Task<long> Balance(Shop shop) => (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Balance;

    private async Task<JsonElement> Paid(Shop shop) => await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");

    private async Task<string> Part(Shop shop, string key) =>
        (await app.Database.Scalar<string>("select stripe_id from stripe_objects where integration_id = $1 and our_id like '%/' || $2", shop.Seller.Integration, key))!;

    internal static SubscriptionItem Licensed(Subscription subscription) => subscription.Items.Data.Single(item => item.Price.Recurring.UsageType == "licensed");

    internal static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}
