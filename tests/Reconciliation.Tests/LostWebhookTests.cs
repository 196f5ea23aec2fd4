using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Invoicing;
using Marketplace.Invoicing.Tests;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Reconciliation.Tests;

/// <summary>Stripe, the inbox and Invoicing on one broker; of every twenty webhooks one never arrives. Nothing but a reconciliation may find out: the poll of open
/// invoices is put off, and no due date passes. <c>TEST_RECONCILED_SUBSCRIPTIONS</c> sets the size.</summary>
public sealed class LostWebhookTests(InvoicingBesideInbox app, ITestOutputHelper output) : IClassFixture<InvoicingBesideInbox>
{
    private const double Dropped = 0.05;
    private const int Periods = 3;
    private static readonly int Subscriptions =
        int.TryParse(Environment.GetEnvironmentVariable("TEST_RECONCILED_SUBSCRIPTIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 100;

    // Each of these is the only one that tells of its change.
    private static readonly string[] Delivered = ["invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.voided"];
    private static readonly IReadOnlyList<string> AskedFor = Marketplace.Invoicing.WebhookEndpoint.Events;
    private static readonly ParallelOptions Several = new() { MaxDegreeOfParallelism = 8 };
    private readonly Stopwatch watch = Stopwatch.StartNew();

    [Fact]
    public async Task After_one_run_the_books_are_Stripe_s_whatever_was_dropped_over_three_periods()
    {
        var seller = await Seller.Open(app, mayAll: true, endpoint: true);
        await Narrow(seller);
        await app.Stripe.Drop(Dropped);
        var approved = Enumerable.Range(0, Subscriptions).Select(_ => seller.Approved(Plans.Of(model: "unit", unitAmount: "1.5", basePrice: 2500, paymentTermDays: 180))).ToList();
        await Parallel.ForEachAsync(approved, Several, async (one, stop) => await app.Make<ChargeOnApproval>().Handle(one, stop));
        await Settle(seller, 0);
        for (var period = 1; period <= Periods; period++)
        {
            await app.MoveOn(approved[0].PeriodStart.AddMonths(period).AddHours(2) - app.Clock.GetUtcNow());
            var number = period;
            await Parallel.ForEachAsync(approved.Index(), Several, async (one, stop) => await app.Make<ChargeClosedPeriod>().Handle(Closed(one.Item, number, one.Index), stop));
            await Settle(seller, period);
        }

        await app.Stripe.Drop(0);
        await app.MoveOn(TimeSpan.FromHours(1));
        var before = await Compare(seller);
        Say($"before: {before.Invoices.Count} of {before.Total} invoices differ, {before.Events.Count} events of the last 30 days are missing");
        Assert.NotEmpty(before.Invoices);
        Assert.NotEmpty(before.Events);

        var run = await Reconcile(seller);
        var after = await Compare(seller);
        Say($"after: {after.Invoices.Count} invoices differ, {after.Events.Count} events are missing");

        Assert.Equal((before.Invoices.Count, before.Invoices.Count, 0), (Drift(run, "found"), Drift(run, "repaired"), Drift(run, "open")));
        Assert.Empty(after.Invoices);
        Assert.Empty(after.Events);
        Assert.Equal(before.Events.Count, run.GetProperty("events").GetProperty("missed").GetInt32());
        var told = app.Heard.Of<InvoiceChanged>(m => m.Status is "paid" or "void" or "incomplete").Select(m => m.InvoiceId).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(before.Invoices.Except(told));

        var again = await Reconcile(seller);
        Assert.Equal((0, 0), (Drift(again, "found"), again.GetProperty("events").GetProperty("missed").GetInt32()));
    }

    private static MeteringPeriodClosed Closed(SubscriptionApproved approved, int period, int number)
    {
        var (from, to) = (approved.PeriodStart.AddMonths(period - 1), approved.PeriodStart.AddMonths(period));
        var last = period == Periods;
        return new(
            TestCaller.NewId("clo"), approved.SubscriptionId, approved.OrganizationId, last ? "cancellation" : "period_end", approved.Plan, from, to, last ? null : to, last ? null : to.AddMonths(1),
            [new PeriodUsage("transactions", 1000 + number, from, to, null, null)], to.AddHours(2));
    }

    // The endpoint delivers one event for a change, so that each that is dropped leaves something untold.
    private async Task Narrow(Seller seller)
    {
        await app.Database.Execute("update webhook_checks set next_check_at = 'infinity'");
        var endpoint = await app.Database.Scalar<string>("select webhook_endpoint_id from billing_integrations where id = $1", seller.Integration);
        await app.Stripe.Client(seller.Account).V1.WebhookEndpoints.UpdateAsync(endpoint, new WebhookEndpointUpdateOptions { EnabledEvents = [.. Delivered] });
        await app.UntilQuiet();
    }

    // Of every fifty open invoices one is voided at Stripe and one given up there; the others are paid.
    private async Task Settle(Seller seller, int period)
    {
        await app.UntilQuiet();
        await app.Database.Execute("update invoices set look_at = 'infinity'");
        var open = new ConcurrentQueue<Stripe.Invoice>();
        var client = app.Stripe.Client(seller.Account);
        await foreach (var invoice in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Status = "open", Limit = 100 }))
        {
            open.Enqueue(invoice);
        }

        Assert.Equal(Subscriptions, open.Count);
        await Parallel.ForEachAsync(open.Index(), Several, async (one, stop) => await ((one.Index % 50) switch
        {
            0 => (Task)client.V1.Invoices.VoidInvoiceAsync(one.Item.Id, cancellationToken: stop),
            1 => client.V1.Invoices.MarkUncollectibleAsync(one.Item.Id, cancellationToken: stop),
            _ => app.Stripe.Pay(one.Item.HostedInvoiceUrl),
        }));
        await app.UntilQuiet();
        Say($"period {period}: {open.Count} invoices issued and settled");
    }

    // Told apart from the product's own words for it: every invoice that Stripe lists, and every event.
    private async Task<(int Total, HashSet<string> Invoices, HashSet<string> Events)> Compare(Seller seller)
    {
        var client = app.Stripe.Client(seller.Account);
        var ours = (await app.Database.Column<string>("select v.id || ' ' || case v.status when 'incomplete' then 'uncollectible' else v.status end || ' ' || v.total || ' ' || v.currency from invoices v where v.integration_id = $1", seller.Integration)).ToHashSet(StringComparer.Ordinal);
        var (total, invoices) = (0, new HashSet<string>(StringComparer.Ordinal));
        await foreach (var invoice in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Limit = 100 }))
        {
            total++;
            var id = invoice.Metadata["marketplace_id"];
            if (!ours.Contains($"{id} {invoice.Status} {invoice.Total} {invoice.Currency}"))
            {
                invoices.Add(id);
            }
        }

        Assert.Equal(total, ours.Count);
        var known = (await app.Inbox.Database.Column<string>("select event_id from webhook_events")).ToHashSet(StringComparer.Ordinal);
        var events = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in client.V1.Events.ListAutoPagingAsync(new EventListOptions { Limit = 100 }))
        {
            if (AskedFor.Contains(found.Type) && !known.Contains(found.Id))
            {
                events.Add(found.Id);
            }
        }

        return (total, invoices, events);
    }

    private async Task<JsonElement> Reconcile(Seller seller)
    {
        var started = await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted);
        var began = watch.Elapsed;
        Task<JsonElement> Look() => seller.Owner.Get($"/v1/reconciliation/{started.GetProperty("id").GetString()}");
        await Eventually.Until(Look, run => run.GetProperty("state").GetString() != "running", "the run has ended", TimeSpan.FromMinutes(20));
        Say($"compared in {(watch.Elapsed - began).TotalSeconds:0} s");
        await Eventually.Until(Look, run => run.GetProperty("events").GetProperty("unanswered").GetInt32() == 0, "the inbox has answered", TimeSpan.FromMinutes(20));
        await app.UntilQuiet();
        var ended = await Look();
        Say($"everything that was missed is handled after {(watch.Elapsed - began).TotalSeconds:0} s: {ended.GetProperty("steps")} {ended.GetProperty("events")} {ended.GetProperty("drifts")}");
        Assert.Equal("finished", ended.GetProperty("state").GetString());
        Assert.All(ended.GetProperty("steps").EnumerateArray(), step => Assert.Equal("finished", step.GetProperty("state").GetString()));
        return ended;
    }

    private static int Drift(JsonElement run, string which) => run.GetProperty("drifts").GetProperty(which).GetInt32();

    private void Say(string what) => output.WriteLine($"{watch.Elapsed:mm\\:ss} {what}");
}
