using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Marketplace.Invoicing.Tests;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Reconciliation.Tests;

/// <summary>A seller of whose webhooks one in twenty never arrives. Nothing but a reconciliation may find out: the polls are put off, and no due date passes.
/// <c>TEST_RECONCILED_SUBSCRIPTIONS</c> sets the number of subscriptions.</summary>
internal sealed class UnheardSeller
{
    public const double Dropped = 0.05;
    public const int Periods = 3;
    public static readonly int Subscriptions =
        int.TryParse(Environment.GetEnvironmentVariable("TEST_RECONCILED_SUBSCRIPTIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 100;

    public static readonly ParallelOptions Several = new() { MaxDegreeOfParallelism = 8 };
    private static readonly IReadOnlyList<string> AskedFor = Marketplace.Invoicing.WebhookEndpoint.Events;
    private readonly InvoicingBesideInbox app;
    private readonly ITestOutputHelper output;
    private readonly Stopwatch watch = Stopwatch.StartNew();

    private UnheardSeller(InvoicingBesideInbox app, ITestOutputHelper output, Seller seller)
    {
        (this.app, this.output, Seller) = (app, output, seller);
        Client = app.Stripe.Client(seller.Account);
    }

    public Seller Seller { get; }

    public StripeClient Client { get; }

    /// <param name="delivered">The events that its endpoint is given: each is the only one that tells of its change, so that each that is dropped leaves something untold.</param>
    public static async Task<UnheardSeller> Open(InvoicingBesideInbox app, ITestOutputHelper output, string billingModel, IEnumerable<string> delivered)
    {
        var seller = new UnheardSeller(app, output, await Seller.Open(app, mayAll: true, endpoint: true, billingModel: billingModel));
        await app.Database.Execute("update webhook_checks set next_check_at = 'infinity'");
        var endpoint = await app.Database.Scalar<string>("select webhook_endpoint_id from billing_integrations where id = $1", seller.Seller.Integration);
        await seller.Client.V1.WebhookEndpoints.UpdateAsync(endpoint, new WebhookEndpointUpdateOptions { EnabledEvents = [.. delivered] });
        await app.UntilQuiet();
        await app.Stripe.Drop(Dropped);
        return seller;
    }

    /// <summary>Waits until nothing is under way, and sees to it that nobody looks at what is open by himself.</summary>
    public async Task UntilQuiet()
    {
        await app.UntilQuiet();
        await app.Database.Execute("update invoices set look_at = 'infinity'");
        await app.Database.Execute("update checkout_sessions set look_at = 'infinity'");
    }

    /// <summary>Of every so many open invoices one is voided at Stripe and one given up there; the others are paid. How many there were.</summary>
    public async Task<int> SettleOpen(int oneOf)
    {
        await UntilQuiet();
        List<Stripe.Invoice> open = [];
        await foreach (var invoice in Client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Status = "open", Limit = 100 }))
        {
            open.Add(invoice);
        }

        await Parallel.ForEachAsync(open.Index(), Several, async (one, stop) => await ((one.Index % oneOf) switch
        {
            0 => (Task)Client.V1.Invoices.VoidInvoiceAsync(one.Item.Id, cancellationToken: stop),
            1 => Client.V1.Invoices.MarkUncollectibleAsync(one.Item.Id, cancellationToken: stop),
            _ => app.Stripe.Pay(one.Item.HostedInvoiceUrl),
        }));
        await UntilQuiet();
        return open.Count;
    }

    /// <summary>Told apart from the product's own words for it: every invoice of ours that Stripe lists otherwise than we have it, and how many it lists.</summary>
    public async Task<(int Total, HashSet<string> Differing)> Invoices()
    {
        var ours = (await app.Database.Column<string>(
            """
            select o.stripe_id || ' ' || case v.status when 'incomplete' then 'uncollectible' else v.status end || ' ' || v.total || ' ' || v.currency
            from invoices v join stripe_objects o on o.our_id = v.id where v.integration_id = $1
            """, Seller.Integration)).ToHashSet(StringComparer.Ordinal);
        var known = ours.Select(text => text.Split(' ')[0]).ToHashSet(StringComparer.Ordinal);
        var (total, differing) = (0, new HashSet<string>(StringComparer.Ordinal));
        await foreach (var invoice in Client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Limit = 100 }))
        {
            if (known.Contains(invoice.Id))
            {
                total++;
                if (!ours.Contains($"{invoice.Id} {invoice.Status} {invoice.Total} {invoice.Currency}"))
                {
                    differing.Add(invoice.Id);
                }
            }
        }

        Assert.Equal(total, ours.Count);
        return (total, differing);
    }

    /// <summary>The events of the last 30 days that the inbox has not got.</summary>
    public async Task<HashSet<string>> MissingEvents()
    {
        var known = (await app.Inbox.Database.Column<string>("select event_id from webhook_events")).ToHashSet(StringComparer.Ordinal);
        var events = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in Client.V1.Events.ListAutoPagingAsync(new EventListOptions { Limit = 100 }))
        {
            if (AskedFor.Contains(found.Type) && !known.Contains(found.Id))
            {
                events.Add(found.Id);
            }
        }

        return events;
    }

    /// <summary>One run, and everything that follows from it.</summary>
    public async Task<JsonElement> Reconcile()
    {
        var started = await Seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = Seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted);
        var began = watch.Elapsed;
        Task<JsonElement> Look() => Seller.Owner.Get($"/v1/reconciliation/{started.GetProperty("id").GetString()}");
        await Eventually.Until(Look, run => run.GetProperty("state").GetString() != "running", "the run has ended", TimeSpan.FromMinutes(20));
        Say($"compared in {(watch.Elapsed - began).TotalSeconds:0} s");
        await Eventually.Until(Look, run => run.GetProperty("events").GetProperty("unanswered").GetInt32() == 0, "the inbox has answered", TimeSpan.FromMinutes(20));
        await app.UntilQuiet();
        var ended = await Look();
        Say($"everything that was missed is handled after {(watch.Elapsed - began).TotalSeconds:0} s: {ended.GetProperty("steps")} {ended.GetProperty("events")} {ended.GetProperty("drifts")}");
        foreach (var left in (await Seller.Owner.Get($"/v1/reconciliation/{ended.GetProperty("id").GetString()}/drifts?state=open")).GetProperty("data").EnumerateArray())
        {
            Say($"left open: {left}");
        }

        Assert.Equal("finished", ended.GetProperty("state").GetString());
        Assert.All(ended.GetProperty("steps").EnumerateArray(), step => Assert.Equal("finished", step.GetProperty("state").GetString()));
        return ended;
    }

    /// <summary>How many differences of a run stand so.</summary>
    public static int Drift(JsonElement run, string which) => run.GetProperty("drifts").GetProperty(which).GetInt32();

    /// <summary>How many events it brought in that were never delivered.</summary>
    public static int Missed(JsonElement run) => run.GetProperty("events").GetProperty("missed").GetInt32();

    public void Say(string what) => output.WriteLine($"{watch.Elapsed:mm\\:ss} {what}");
}
