using System.Text.Json;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Pauses and calendars of Stripe's own, which no job of ours can put back: shown as long as they last, and charged to nobody.</summary>
public sealed class LastingChangeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task An_anchor_that_was_moved_costs_its_payer_nothing()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(TimeSpan.FromDays(3));
        await shop.Client.V1.Subscriptions.UpdateAsync(
            (await shop.AtStripe()).Id, new SubscriptionUpdateOptions { BillingCycleAnchor = SubscriptionBillingCycleAnchor.Now, ProrationBehavior = "none" });
        Assert.Equal(5000, await Charged(shop));
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(2500, await Charged(shop));
        Assert.Equal(("open", "anchor_moved"), await Only(shop));
    }

    [Fact]
    public async Task A_pause_is_closed_once_somebody_resumed_and_the_resumption_costs_its_payer_nothing()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await Pause(shop);
        await shop.Hear();
        Assert.Equal(("open", "anchor_moved paused"), await Only(shop));
        await shop.PayWith("pm_card_visa");
        await shop.Client.V1.Subscriptions.ResumeAsync((await shop.AtStripe()).Id, new SubscriptionResumeOptions());
        Assert.Equal(("active", 5000L), ((await shop.AtStripe()).Status, await Charged(shop)));
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(["open anchor_moved", "repaired anchor_moved paused"], (await StripeChangeTests.Changes(shop)).Select(Told));
        Assert.Equal(2500, await Charged(shop));
        await shop.EndPeriod(0);
        Assert.Equal(2500, (await Renewed(shop)).GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task A_trial_until_the_period_s_end_is_closed_with_the_renewal_that_follows_our_calendar()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Advance(TimeSpan.FromDays(3));
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { TrialEnd = shop.Covers.To.UtcDateTime, ProrationBehavior = "none" });
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(("open", "trial"), await Only(shop));
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow());
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(("repaired", "trial"), await Only(shop));
        await shop.EndPeriod(0);
        var invoice = await Renewed(shop);
        Assert.Equal(2500, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!))).BillingReason);
    }

    [Fact]
    public async Task A_period_that_ended_with_a_pause_is_charged_by_our_own_invoice()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await Pause(shop, shop.Covers.To);
        await shop.Hear();
        Assert.Equal(("open", "paused"), await Only(shop));
        await shop.EndPeriod(0);
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "open");
        Assert.Equal(2500, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
    }

    [Fact]
    public async Task A_period_whose_trial_was_over_when_it_was_settled_costs_what_we_rated_without_anybody_looking()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        var (from, to) = (shop.Covers.To, shop.Covers.To.AddMonths(1));
        await app.Advance(TimeSpan.FromDays(3));
        await shop.Client.V1.Subscriptions.UpdateAsync((await shop.AtStripe()).Id, new SubscriptionUpdateOptions { TrialEnd = to.UtcDateTime, ProrationBehavior = "none" });
        await shop.Hear();
        await shop.EndPeriod(0);
        await Renewed(shop);
        await shop.Idle();
        await app.Make<KeepUsage>().Handle(shop.Counted(40) with { PeriodStart = from, PeriodEnd = to }, default);
        await shop.Idle();
        await app.Advance(to - app.Clock.GetUtcNow());
        await shop.Hear();
        await shop.Idle();
        Assert.Equal(("repaired", "trial"), await Only(shop));

        // Stripe bills no usage of a trial.
        await app.Advance(TimeSpan.FromHours(2));
        await app.Make<ChargeClosedPeriod>().Handle(
            shop.Closed(40) with { PeriodStart = from, PeriodEnd = to, NextPeriodStart = to, NextPeriodEnd = to.AddMonths(1), Usage = [new("transactions", 40, from, to, null, null)] }, default);
        var id = (await app.Database.Scalar<string>("select id from invoices where subscription_id = $1 and kind = 'period' and period_start = $2", shop.Subscription, from))!;
        Assert.Equal(560, (await shop.Seller.Until(id, "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        await shop.Idle();
    }

    [Fact]
    public async Task What_lasts_at_a_subscription_is_closed_with_its_end()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await Pause(shop);
        await shop.Hear();
        await shop.Client.V1.Subscriptions.CancelAsync((await shop.AtStripe()).Id);
        await shop.Hear();
        Assert.Equal(("repaired", "anchor_moved paused"), await Only(shop));
    }

    [Fact]
    public async Task What_was_undone_before_the_job_that_puts_it_back_ran_is_closed_by_that_job()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var stripe = await shop.AtStripe();
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", shop.Seller.Integration);
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = StripeChangeTests.Licensed(stripe).Id, Quantity = 3 }], ProrationBehavior = "always_invoice" });
        await shop.Hear();
        await shop.Client.V1.Subscriptions.UpdateAsync(
            stripe.Id, new SubscriptionUpdateOptions { Items = [new SubscriptionItemOptions { Id = StripeChangeTests.Licensed(stripe).Id, Quantity = 1 }], ProrationBehavior = "none" });
        await shop.Hear();
        Assert.Equal(("open", "items_changed"), await Only(shop));
        await app.Services.GetRequiredService<JobQueue>().Resume(shop.Seller.Integration, onlyAccountWide: false, default);
        await shop.Idle();
        Assert.Equal(("repaired", "items_changed"), await Only(shop));
        Assert.Equal(2500, await Charged(shop));
    }

    private static async Task<JsonElement> Renewed(Shop shop) => await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");

    // A trial that ends without a payment method.
    private async Task Pause(Shop shop, DateTimeOffset? until = null)
    {
        var stripe = await shop.AtStripe();
        var end = until ?? app.Clock.GetUtcNow().AddDays(7);
        await shop.Client.V1.Subscriptions.UpdateAsync(stripe.Id, new SubscriptionUpdateOptions
        {
            TrialEnd = end.UtcDateTime, DefaultPaymentMethod = "", ProrationBehavior = "none", TrialSettings = new() { EndBehavior = new() { MissingPaymentMethod = "pause" } },
        });
        foreach (var method in await shop.Client.V1.Customers.PaymentMethods.ListAsync(stripe.CustomerId))
        {
            await shop.Client.V1.PaymentMethods.DetachAsync(method.Id);
        }

        await app.Advance(end - app.Clock.GetUtcNow());
        Assert.Equal("paused", (await shop.AtStripe()).Status);
    }

    internal static async Task<long> Charged(Shop shop) => (await shop.Client.V1.Charges.ListAsync()).Data.Sum(charge => charge.Amount - charge.AmountRefunded);

    private static async Task<(string State, string What)> Only(Shop shop)
    {
        var told = Told((await StripeChangeTests.Changes(shop)).Single());
        return (told.Split(' ')[0], told[(told.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
    }

    internal static string Told(JsonElement change) => $"{StripeChangeTests.Text(change, "state")} {string.Join(' ', change.GetProperty("what").EnumerateArray().Select(word => word.GetString()))}";
}
