using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Subscriptions that Stripe renews, and what its meters add up to, where no webhook told of a change.</summary>
public sealed class RenewedReconciliationTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_completed_checkout_that_nobody_told_of_opens_access()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        await shop.Pay(await shop.Checkout());
        Assert.Equal(0, await shop.Invoices());

        var run = await Reconcile(shop);

        Assert.Equal(("subscription_missing_here", "awaiting", "active"), Assert.Single(await Repaired(shop, run)));
        Assert.Equal("paid", (await app.Announced<InvoiceChanged>(m => m.SubscriptionId == shop.Subscription)).Last().Status);
        await shop.Idle();
        Assert.Equal(0, Found(await Reconcile(shop)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancellation_at_Stripe_that_nobody_told_of_ends_the_subscription_here_however_old_it_is(bool flag)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(TimeSpan.FromDays(2));
        await shop.Client.V1.Subscriptions.UpdateAsync(
            await shop.Seller.StripeId(shop.Subscription), flag ? new SubscriptionUpdateOptions { CancelAtPeriodEnd = true } : new() { CancelAt = SubscriptionCancelAt.MaxPeriodEnd });
        Assert.Equal(("subscription_status", "active", "active, ends with its period"), Assert.Single(await Repaired(shop, await Reconcile(shop))));
        Assert.Equal("ends_with_period", (await Changes(shop)).Single());

        await shop.Client.V1.Subscriptions.CancelAsync(await shop.Seller.StripeId(shop.Subscription));
        await app.Database.Execute("update reconciliation_runs set created_at = created_at + interval '3 days' where integration_id = $1", shop.Seller.Integration);
        var run = await Reconcile(shop);
        Assert.Equal("canceled", Assert.Single(await Repaired(shop, run)).AtStripe.Split(',')[0]);
        Assert.Equal("ended", (await Changes(shop)).Last());
        Assert.Equal(0, Found(await Reconcile(shop)));
    }

    [Fact]
    public async Task An_end_here_whose_job_was_removed_is_told_and_brought_to_Stripe_by_one_click()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        await shop.Cancelled("requested", app.Clock.GetUtcNow());
        // On its way it is no difference.
        Assert.Equal(0, Found(await Reconcile(shop)));
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);

        var run = await Reconcile(shop);
        var drift = Assert.Single(await Drifts(shop, run));
        Assert.Equal(("subscription_status", "ended", "active", "open"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
        var repair = $"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair";
        Assert.Equal("repairing", Text(await shop.Seller.Owner.Post(repair).Expect<JsonElement>(), "state"));
        await shop.Idle();
        Assert.Equal("canceled", (await shop.AtStripe()).Status);
        // Unless the timer looked at it before.
        using (await shop.Seller.Owner.Post(repair))
        {
            Assert.Equal("repaired", Text(Assert.Single(await Drifts(shop, run)), "state"));
        }

        Assert.Equal(0, Found(await Reconcile(shop)));
    }

    [Fact]
    public async Task One_subscription_more_for_the_same_one_of_ours_is_told_until_a_job_has_undone_it()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var again = await OneMore(shop);

        var run = await Reconcile(shop);
        var drift = Assert.Single(await Drifts(shop, run));
        Assert.Equal(("unknown_object", again.Id), (Text(drift, "kind"), Text(drift, "stripeId")));
        await shop.Idle();
        Assert.Equal("canceled", (await shop.Client.V1.Subscriptions.GetAsync(again.Id)).Status);

        await Reconcile(shop);
        Assert.Equal("repaired", Text(Assert.Single(await Drifts(shop, run)), "state"));
    }

    [Fact]
    public async Task One_subscription_more_whose_job_was_removed_is_undone_and_given_back_by_one_click()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var again = await OneMore(shop);
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        var run = await Reconcile(shop);
        var repair = $"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(Assert.Single(await Drifts(shop, run)), "id")}/repair";
        Assert.Contains("stands still", (await shop.Seller.Owner.Post(repair).ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable")).Detail, StringComparison.Ordinal);
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);

        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/refunds", kind = "status", status = 503, times = 1 });
        Assert.Equal("repairing", Text(await shop.Seller.Owner.Post(repair).Expect<JsonElement>(), "state"));
        await shop.Retrying();
        Assert.Equal("canceled", (await shop.Client.V1.Subscriptions.GetAsync(again.Id)).Status);
        // It is over, and what was paid for it is still to be given back.
        Assert.Equal("repairing", Text(await shop.Seller.Owner.Post(repair).Expect<JsonElement>(), "state"));
        await app.Advance(TimeSpan.FromMinutes(1));
        await shop.Idle();
        Assert.Equal("active", (await shop.AtStripe()).Status);
        Assert.Equal(2500, Assert.Single((await shop.Client.V1.Refunds.ListAsync()).Data).Amount);
        // Unless the timer looked at it before.
        using (await shop.Seller.Owner.Post(repair))
        {
            Assert.Equal("repaired", Text(Assert.Single(await Drifts(shop, run)), "state"));
        }
    }

    [Fact]
    public async Task A_checkout_that_was_completed_before_an_end_here_and_never_told_of_is_undone_and_given_back_by_one_click()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        await shop.Pay(await shop.Checkout());
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        await shop.Cancelled("requested", app.Clock.GetUtcNow());
        var run = await Reconcile(shop);
        var drift = Assert.Single(await Drifts(shop, run));
        Assert.Equal(("subscription_missing_here", "open"), (Text(drift, "kind"), Text(drift, "state")));
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);

        Assert.Equal("repairing", Text(await shop.Seller.Owner.Post($"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair").Expect<JsonElement>(), "state"));
        await shop.Idle();
        Assert.Equal("canceled", Assert.Single((await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data).Status);
        Assert.Equal(2500, Assert.Single((await shop.Client.V1.Refunds.ListAsync()).Data).Amount);
    }

    private static async Task<Subscription> OneMore(Shop shop)
    {
        var first = await shop.AtStripe();
        return await shop.Client.V1.Subscriptions.CreateAsync(new SubscriptionCreateOptions
        {
            Customer = first.CustomerId, DefaultPaymentMethod = first.DefaultPaymentMethodId, Metadata = first.Metadata, Items = [new SubscriptionItemOptions { Price = first.Items.Data[0].Price.Id }],
        });
    }

    [Fact]
    public async Task A_subscription_that_is_behind_its_tax_setting_is_told_and_brought_along()
    {
        var (shop, word) = await Behind();
        // Nothing is carried out until the difference was seen.
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        var run = await Reconcile(shop);
        var drift = Assert.Single(await Drifts(shop, run));
        Assert.Equal(("subscription_taxes", word, "none", "open"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
        Assert.Equal("set_up_subscription", Text(Assert.Single(await shop.Seller.Jobs()), "kind"));
        var repair = $"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair";
        Assert.Contains("stands still", (await shop.Seller.Owner.Post(repair).ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable")).Detail, StringComparison.Ordinal);

        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);
        await shop.Idle();
        Assert.Equal(word, $"rates:{(await shop.AtStripe()).DefaultTaxRates.Single().Id}");
        // Unless the timer looked at it before.
        using (await shop.Seller.Owner.Post(repair))
        {
            Assert.Equal("repaired", Text(Assert.Single(await Drifts(shop, run)), "state"));
        }

        Assert.Equal(0, Found(await Reconcile(shop)));
    }

    [Fact]
    public async Task A_subscription_that_cannot_be_given_its_tax_setting_stays_told_and_a_repair_says_why()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.GiveAddress(shop.Organization, "DE");
        await shop.Idle();
        var price = (await shop.Client.V1.Prices.ListAsync()).Data.Single(price => price.Recurring is not null);
        await shop.Client.V1.Prices.UpdateAsync(price.Id, new PriceUpdateOptions { TaxBehavior = "inclusive" });
        await shop.Seller.SetTaxes("automatic");
        await Eventually.Until(shop.Seller.Jobs, jobs => jobs.Exists(job => Text(job, "status") == "failed"), "the plan waits for its provider");
        // What waits for its provider is in its queue, and no difference of the books.
        Assert.Equal(0, Found(await Reconcile(shop)));
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        await app.Advance(TimeSpan.FromMinutes(1));

        for (var time = 1; time <= 2; time++)
        {
            var run = await Reconcile(shop);
            await shop.Idle();
            var drift = Assert.Single(await Drifts(shop, run));
            Assert.Equal(("subscription_taxes", "automatic", "none", "open"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
            await shop.Seller.Owner.Post($"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair").ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");
            await shop.Idle();
        }
    }

    // Its taxes were set, and the job that was to bring them was removed from the queue.
    private async Task<(Shop Shop, string Word)> Behind()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/subscriptions/sub_*", kind = "status", status = 503, times = 1 });
        var rate = Assert.Single(await shop.Seller.SetTaxes("19"));
        await shop.Retrying();
        // On its way it is no difference.
        Assert.Equal(0, Found(await Reconcile(shop)));
        await shop.Seller.Owner.Delete($"/v1/billing-integrations/{shop.Seller.Integration}/jobs?confirm=clear").Expect();
        await app.Advance(TimeSpan.FromMinutes(1));
        return (shop, $"rates:{rate}");
    }

    [Fact]
    public async Task Units_that_Stripe_s_meter_does_not_show_are_told_once_it_had_time_to_add_up()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(300);
        Assert.Equal((0, 0), (Found(await Reconcile(shop)), Examined(await Reconcile(shop))));
        await app.Advance(TimeSpan.FromHours(1));
        var run = await Reconcile(shop);
        Assert.Equal((0, 1), (Found(run), Examined(run)));

        await app.Database.Execute("update meter_usage set quantity = 310 where subscription_id = $1", shop.Subscription);
        run = await Reconcile(shop);
        var drift = Assert.Single(await Drifts(shop, run));
        Assert.Equal(("meter_total", "310 transactions", "300 transactions", "open"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
        await shop.Seller.Owner.Post($"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair").ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");
        await app.Database.Execute("update meter_usage set quantity = 300 where subscription_id = $1", shop.Subscription);
        Assert.Equal("repaired", Text(await shop.Seller.Owner.Post($"/v1/reconciliation/{Text(run, "id")}/drifts/{Text(drift, "id")}/repair").Expect<JsonElement>(), "state"));
    }

    [Fact]
    public async Task Units_that_Stripe_rejected_without_anybody_telling_are_sent_again()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        await RejectedUsageTests.Rejected(app, shop, 40);
        await app.Advance(TimeSpan.FromHours(1));

        Assert.Equal(("meter_total", "40 transactions", "0 transactions"), Assert.Single(await Repaired(shop, await Reconcile(shop))));
        await shop.Idle();
        await app.Advance(TimeSpan.FromHours(1));
        var run = await Reconcile(shop);
        Assert.Equal((0, 1), (Found(run), Examined(run)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task What_is_used_until_an_end_lies_before_it_at_Stripe_however_late_it_is_sent_and_is_no_drift(long heardAfterIt)
    {
        // What it used costs nothing, so that no invoice settles it.
        var shop = await Shop.Subscribed(app, Plans.Priced(new PriceSnapshot("unit", 500, "0.001")));
        await app.Advance(TimeSpan.FromMinutes(10));
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        await app.Make<KeepUsage>().Handle(shop.Counted(40), default);
        var end = app.Clock.GetUtcNow();
        await shop.Cancelled("requested", end);
        if (heardAfterIt > 0)
        {
            await app.Make<KeepUsage>().Handle(shop.Counted(heardAfterIt) with { PeriodEnd = end }, default);
        }

        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(40 + heardAfterIt, last: true) with { PeriodEnd = end }, default);
        await app.Advance(TimeSpan.FromHours(1));
        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);
        await shop.Idle();

        var (meter, customer) = ((await shop.Client.V1.Billing.Meters.ListAsync()).Data.Single().Id, (await shop.AtStripe()).CustomerId);
        var minute = end.AddTicks(TimeSpan.TicksPerMinute - (end.Ticks % TimeSpan.TicksPerMinute));
        Assert.Equal((40m + heardAfterIt, 0m), (await Shown(shop.Covers.From.AddMinutes(-1), minute), await Shown(minute, minute.AddHours(2))));
        await app.Advance(TimeSpan.FromMinutes(20));
        Assert.Empty(await Drifts(shop, await Reconcile(shop)));

        async Task<decimal> Shown(DateTimeOffset from, DateTimeOffset to) => (await shop.Client.V1.Billing.Meters.EventSummaries.ListAsync(
            meter, new() { Customer = customer, StartTime = Floor(from), EndTime = Floor(to) })).Data.Sum(summary => summary.AggregatedValue);
        static DateTime Floor(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMinute)).UtcDateTime;
    }

    private async Task<List<string>> Changes(Shop shop) => [.. (await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).Select(m => m.Change)];

    internal static async Task<JsonElement> Reconcile(Shop shop)
    {
        var run = await shop.Seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = shop.Seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted);
        return await Eventually.Until(
            () => shop.Seller.Owner.Get($"/v1/reconciliation/{Text(run, "id")}"), r => Text(r, "state") == "finished", "the run is finished", TimeSpan.FromSeconds(60));
    }

    internal static async Task<List<JsonElement>> Drifts(Shop shop, JsonElement run) =>
        [.. (await shop.Seller.Owner.Get($"/v1/reconciliation/{Text(run, "id")}/drifts")).GetProperty("data").EnumerateArray()];

    private static async Task<List<(string? Kind, string InBooks, string AtStripe)>> Repaired(Shop shop, JsonElement run) =>
        [.. (await Drifts(shop, run)).Where(d => Text(d, "state") == "repaired").Select(d => (Text(d, "kind"), Text(d, "inBooks")!, Text(d, "atStripe")!))];

    private static int Found(JsonElement run) => run.GetProperty("drifts").GetProperty("found").GetInt32();

    private static int Examined(JsonElement run) => run.GetProperty("steps").EnumerateArray().Single(s => Text(s, "name") == "meter_totals").GetProperty("examined").GetInt32();

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();
}
