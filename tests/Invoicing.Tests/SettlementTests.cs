using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Stripe;
using Stripe.Billing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Periods whose meters do not show what was counted, drafts of Stripe's that must not be, and checkouts at the edge of their time.</summary>
public sealed class SettlementTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PriceSnapshot PerCall = new("unit", 500, "1.5");

    [Theory]
    [InlineData(350, 500 + 525)]
    [InlineData(200, 500 + 300)]
    public async Task A_meter_that_differs_is_waited_for_an_hour_and_then_a_line_of_ours_makes_up_for_it(long counted, long total)
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(300);
        await shop.EndPeriod(counted);
        await shop.Retrying();
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        Assert.Equal("draft", (await shop.Seller.Invoice(id)).GetProperty("status").GetString());
        await app.Advance(TimeSpan.FromMinutes(75));

        Assert.Equal(total, (await shop.Seller.Until(id, "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        var stripe = await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id));
        Assert.Equal(("subscription_cycle", total), (stripe.BillingReason, stripe.Total));
        Assert.Contains(stripe.Lines.Data, line => line.Amount == total - 500 - 450);
        Assert.Single(await app.Announced<Marketplace.Contracts.Storage.ChangeRecorded>(m => m.Action == "settlement.corrected" && m.ObjectId == id));
        Assert.DoesNotContain((await RenewedReconciliationTests.Drifts(shop, await RenewedReconciliationTests.Reconcile(shop))), d => d.GetProperty("kind").GetString() == "meter_total");
    }

    [Fact]
    public async Task What_reaches_the_meter_after_the_line_was_reckoned_leads_to_our_own_invoice_and_to_no_one_s_desk()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(300);
        await shop.EndPeriod(350);
        await shop.Retrying();
        // Counted on the draft when it is finalized, whatever it showed before.
        await Report(shop, 50);
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        await app.Advance(TimeSpan.FromMinutes(75));
        var ours = await shop.Seller.Until(id, "paid");
        Assert.Equal(1025, ours.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("void", (await shop.Renewal()).Status);
        Assert.Equal(1025, (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id))).AmountPaid);
    }

    [Fact]
    public async Task A_meter_that_shows_it_all_in_time_needs_no_line_of_ours()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(300);
        await shop.EndPeriod(350);
        await shop.Retrying();
        await app.Make<KeepUsage>().Handle(shop.Counted(50), default);
        await app.Advance(TimeSpan.FromMinutes(2));
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        await shop.Seller.Until(id, "paid");
        Assert.Equal(["500", "525"], (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id))).Lines.Data.Select(line => $"{line.Amount}").Order());
    }

    [Fact]
    public async Task One_click_settles_a_period_without_waiting_for_its_meter()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(300);
        await app.Advance(TimeSpan.FromHours(1));
        await Report(shop, 20);
        var run = await RenewedReconciliationTests.Reconcile(shop);
        var drift = Assert.Single(await RenewedReconciliationTests.Drifts(shop, run));
        var repair = $"/v1/reconciliation/{run.GetProperty("id").GetString()}/drifts/{drift.GetProperty("id").GetString()}/repair";
        await shop.Seller.Owner.Post(repair).ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");

        await shop.EndPeriod(300);
        await shop.Retrying();
        Assert.Equal("repairing", (await shop.Seller.Owner.Post(repair).Expect<JsonElement>()).GetProperty("state").GetString());
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        Assert.Equal(950, (await shop.Seller.Until(id, "paid")).GetProperty("total").GetProperty("amount").GetInt64());
        await Eventually.Until(
            async () => (await RenewedReconciliationTests.Drifts(shop, run)).Single().GetProperty("state").GetString(), state => state == "repaired", "the difference is gone", TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task Meters_that_differ_are_waited_for_no_longer_than_the_last_attempt_whatever_failed_before()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(300);
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "GET", path = "/v1/invoices", kind = "status", status = 503, times = 4 });
        await shop.EndPeriod(350);
        var attempt = 0;
        foreach (var wait in (int[])[10, 50, 240, 900, 3000])
        {
            attempt++;
            await Eventually.Until(
                shop.Seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "retrying" && job.GetProperty("attempts").GetInt32() == attempt), $"attempt {attempt} failed");
            await app.Advance(TimeSpan.FromSeconds(wait + 1));
        }

        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        Assert.Equal(1025, (await shop.Seller.Until(id, "paid")).GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Theory]
    // One to be paid, one that credit covers, one over less than nothing, and one over less than Stripe charges.
    [InlineData(0, 0)]
    [InlineData(-5000, 0)]
    [InlineData(0, -4000)]
    [InlineData(0, -2480)]
    public async Task Stripe_s_own_draft_that_is_not_to_be_owed_is_finalized_over_nothing_because_it_cannot_be_deleted(long balance, long beside)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await StripeChangeTests.Move(shop, balance);
        if (beside != 0)
        {
            await shop.Client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions { Customer = (await shop.AtStripe()).CustomerId, Amount = beside, Currency = "usd" });
        }

        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "reset", times = 1 });
        await shop.EndPeriod(0);
        await shop.Retrying();
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        await shop.Seller.Owner.Post($"/v1/invoices/{id}/void", new { }).Expect<JsonElement>(HttpStatusCode.Accepted);
        // The answer to its finalizing is lost too: that it counts as paid then is no payment.
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoices/*/finalize", kind = "lost", times = 1 });
        await app.Advance(TimeSpan.FromMinutes(2));
        await Eventually.Until(app.Stripe.Faults, faults => !faults.Exists(fault => fault.GetProperty("account").GetString() == shop.Seller.Account), "the answer is lost");
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(6));
        await shop.Idle();
        var renewal = await shop.Renewal();
        Assert.Equal((0L, 0L), (renewal.Total, renewal.AmountPaid));
        await shop.Seller.Hear(renewal.Id);
        Assert.Equal("void", (await shop.Seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(balance, await StripeChangeTests.Balance(shop));
        Assert.Empty(await RenewedReconciliationTests.Drifts(shop, await RenewedReconciliationTests.Reconcile(shop)));
    }

    [Fact]
    public async Task A_refused_renewal_that_the_balance_had_settled_stays_paid_over_nothing_and_is_no_difference()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await StripeChangeTests.Move(shop, -5000);
        await shop.Client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions { Customer = (await shop.AtStripe()).CustomerId, Amount = 100, Currency = "usd" });
        await shop.EndPeriod(0);
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        await Eventually.Until(() => shop.Seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "it is refused");
        var refused = await shop.Renewal();
        Assert.Equal(("paid", 0L, $"{id}/mismatch"), (refused.Status, refused.AmountPaid, refused.Metadata["marketplace_id"]));
        Assert.True(await IsIdle());
        Assert.Empty(await RenewedReconciliationTests.Drifts(shop, await RenewedReconciliationTests.Reconcile(shop)));

        // Under any other name it is told, until it is what it was. The next run lists it once more.
        await app.Database.Execute("update reconciliation_runs set created_at = created_at - interval '1 day' where integration_id = $1", shop.Seller.Integration);
        await Name("inv_unknown");
        Assert.False(await IsIdle());
        var run = await RenewedReconciliationTests.Reconcile(shop);
        Assert.Equal(("unknown_object", "open"), Drift(Assert.Single(await RenewedReconciliationTests.Drifts(shop, run))));
        await Name($"{id}/mismatch");
        await RenewedReconciliationTests.Reconcile(shop);
        Assert.Equal(("unknown_object", "repaired"), Drift(Assert.Single(await RenewedReconciliationTests.Drifts(shop, run))));

        Task Name(string ours) => shop.Client.V1.Invoices.UpdateAsync(refused.Id, new InvoiceUpdateOptions { Metadata = new Dictionary<string, string> { ["marketplace_id"] = ours } });
        static (string?, string?) Drift(JsonElement drift) => (drift.GetProperty("kind").GetString(), drift.GetProperty("state").GetString());
        async Task<bool> IsIdle() => (await app.ClientFor(TestCaller.Operator()).Get($"/v1/operations/invoicing/stripe-objects/{shop.Seller.Integration}/invoice"))
            .GetProperty("data").EnumerateArray().Single(listed => listed.GetProperty("stripeId").GetString() == refused.Id).GetProperty("idle").GetBoolean();
    }

    [Fact]
    public async Task A_period_that_is_voided_while_its_charge_gets_no_answer_is_not_charged_by_the_retry()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoices/*/pay", kind = "reset", times = 1 });
        await shop.EndPeriod(0);
        await shop.Retrying();
        await VoidedAndUnpaid(shop, () => app.Advance(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task A_period_that_is_voided_while_it_is_settled_is_not_charged()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(300);
        await shop.EndPeriod(350);
        await shop.Retrying();
        var settlement = await app.Database.HoldRow("settlements", await shop.Seller.InvoiceOf(shop.Subscription, "period"), "invoice_id");
        await using (settlement)
        {
            await app.Advance(TimeSpan.FromMinutes(75));
            await app.Database.UntilBlockedOnLocks(1);
            await VoidedAndUnpaid(shop, () => settlement.DisposeAsync().AsTask());
        }
    }

    [Fact]
    public async Task Usage_is_told_to_Stripe_at_no_time_after_the_subscription_s_end()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await app.Advance(TimeSpan.FromDays(5));
        var end = app.Clock.GetUtcNow();
        await shop.Client.V1.Subscriptions.CancelAsync((await shop.AtStripe()).Id);
        await shop.Hear();
        await app.Advance(TimeSpan.FromDays(2));
        await shop.Use(30);
        var meter = (await shop.Client.V1.Billing.Meters.ListAsync()).Data.Single();
        var until = new DateTime(end.UtcDateTime.Ticks - (end.UtcDateTime.Ticks % TimeSpan.TicksPerMinute), DateTimeKind.Utc).AddMinutes(1);
        var summaries = await shop.Client.V1.Billing.Meters.EventSummaries.ListAsync(
            meter.Id, new MeterEventSummaryListOptions { Customer = (await shop.AtStripe()).CustomerId, StartTime = until.AddDays(-4), EndTime = until });
        Assert.Equal(30, summaries.Data.Sum(s => s.AggregatedValue));
    }

    [Fact]
    public async Task A_checkout_that_was_completed_in_its_last_second_is_asked_for_before_it_counts_as_expired()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var session = await shop.Checkout();
        await shop.Pay(session);
        app.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal("checkout_not_needed", (await shop.Ask(HttpStatusCode.Conflict)).GetProperty("code").GetString());
        Assert.Equal("complete", (await shop.Buyer.Get($"/v1/checkout-sessions/{session.GetProperty("id").GetString()}")).GetProperty("status").GetString());
        Assert.Equal("active", (await shop.AtStripe()).Status);
        await app.Stripe.MoveTo(app.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Reading_a_checkout_while_others_are_at_its_subscription_answers_what_is_known()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var session = await shop.Checkout();
        await shop.Pay(session);
        var id = session.GetProperty("id").GetString()!;
        Task<JsonElement> read;
        await using (await app.Database.HoldRow("checkout_sessions", id))
        {
            read = shop.Buyer.Get($"/v1/checkout-sessions/{id}");
            await app.Database.UntilBlockedOnLocks(1);
            await app.Database.Execute("update stripe_subscriptions set version = version + 1 where id = $1", shop.Subscription);
        }

        Assert.Equal("complete", (await read).GetProperty("status").GetString());
    }

    private async Task VoidedAndUnpaid(Shop shop, Func<Task> goOn)
    {
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        await shop.Seller.Owner.Post($"/v1/invoices/{id}/void", new { }).Expect<JsonElement>(HttpStatusCode.Accepted);
        await goOn();
        await shop.Idle();
        Assert.Equal("void", (await shop.Seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(("void", 0L), ((await shop.Renewal()).Status, (await shop.Renewal()).AmountPaid));
    }

    // An event that the marketplace knows nothing of, as a provider sends it by hand.
    private async Task Report(Shop shop, long calls)
    {
        var meter = (await shop.Client.V1.Billing.Meters.ListAsync()).Data.Single();
        await shop.Client.V1.Billing.MeterEvents.CreateAsync(new MeterEventCreateOptions
        {
            EventName = meter.EventName, Timestamp = shop.Covers.To.AddHours(-1).UtcDateTime < app.Clock.GetUtcNow().UtcDateTime ? shop.Covers.To.AddHours(-1).UtcDateTime : app.Clock.GetUtcNow().UtcDateTime,
            Payload = new Dictionary<string, string> { ["stripe_customer_id"] = (await shop.AtStripe()).CustomerId, ["value"] = $"{calls}" },
        });
    }
}
