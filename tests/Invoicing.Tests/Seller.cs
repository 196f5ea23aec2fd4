using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>A provider with a Stripe account of its own and a billing integration, new for every test.</summary>
public sealed class Seller
{
    private readonly InvoicingApp app;

    private Seller(InvoicingApp app)
    {
        this.app = app;
        Owner = app.ClientFor(TestCaller.Provider(Organization, Roles.Owner));
    }

    public InvoicingApp App => app;

    public string Organization { get; } = TestCaller.NewId("org");

    public string Account { get; } = EmulatedStripe.NewAccount();

    public string Key { get; private set; } = "";

    public string Integration { get; private set; } = "";

    public HttpClient Owner { get; }

    /// <param name="lists">Whether its key may list events, which billing does not need.</param>
    /// <param name="mayAll">Whether its key may do everything.</param>
    /// <param name="endpoint">Whether we make its webhook endpoint, so that Stripe delivers.</param>
    /// <param name="thinEvents">Whether Stripe gives its endpoints thin events.</param>
    public static async Task<Seller> Open(
        InvoicingApp app, int? lanes = null, bool lists = false, bool mayAll = false, bool endpoint = false, string billingModel = "invoices", bool thinEvents = true)
    {
        var seller = new Seller(app);
        if (!thinEvents)
        {
            await app.Stripe.RefuseThinEvents(seller.Account);
        }

        seller.Key = mayAll || billingModel != "invoices" ? EmulatedStripe.Secret(seller.Account)
            : lists ? await app.Stripe.Permitted(seller.Account, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write", ["event"] = "read" })
            : await app.Stripe.Restricted(seller.Account);
        seller.Integration = (await seller.Owner.Post("/v1/billing-integrations", seller.Body(seller.Key, signingSecret: endpoint ? null : "whsec_0123456789abcdef", lanes: lanes, billingModel: billingModel)).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        return seller;
    }

    public object Body(string secretKey, string? publishableKey = null, string? signingSecret = "whsec_0123456789abcdef", int? lanes = null, string billingModel = "invoices") => new
    {
        organizationId = Organization, title = "Acme – EU Billing", publishableKey = publishableKey ?? EmulatedStripe.Publishable(Account), secretKey, webhookSigningSecret = signingSecret, lanes, billingModel,
    };

    /// <summary>A subscription approved now: the message that Subscriptions sends, not handled yet.</summary>
    public SubscriptionApproved Approved(PlanSnapshot plan, string? organization = null)
    {
        var now = app.Clock.GetUtcNow();
        return new(
            TestCaller.NewId("sub"), organization ?? TestCaller.NewId("org"), "Consumer Ltd", $"{Guid.NewGuid():n}@example.com", Organization, TestCaller.NewId("cat"), "sandbox", Integration,
            "prd_1", "Weather", plan, now, now.AddMonths(1), now);
    }

    /// <summary>Handles an approval and returns the first invoice's id.</summary>
    public async Task<string> Charge(SubscriptionApproved approved)
    {
        await app.Make<ChargeOnApproval>().Handle(approved, default);
        return await InvoiceOf(approved.SubscriptionId, "initial");
    }

    public async Task<string> InvoiceOf(string subscription, string kind) =>
        (await app.Database.Scalar<string>("select id from invoices where subscription_id = $1 and kind = $2", subscription, kind))!;

    /// <summary>The end of an approved subscription's first period, with the next one following or not.</summary>
    public static MeteringPeriodClosed Closed(SubscriptionApproved approved, long calls, bool last = false) => new(
        TestCaller.NewId("clo"), approved.SubscriptionId, approved.OrganizationId, last ? "cancellation" : "period_end", approved.Plan, approved.PeriodStart, approved.PeriodEnd,
        last ? null : approved.PeriodEnd, last ? null : approved.PeriodEnd.AddMonths(1),
        calls == 0 ? [] : [new PeriodUsage("transactions", calls, approved.PeriodStart, approved.PeriodEnd, null, null)], approved.PeriodEnd.AddHours(2));

    public Task<JsonElement> Invoice(string id) => Owner.Get($"/v1/invoices/{id}");

    public Task<JsonElement> Until(string id, string status) =>
        Eventually.Until(() => Look(id), invoice => invoice.GetProperty("status").GetString() == status, $"{id} is {status}", TimeSpan.FromSeconds(60));

    private async Task<JsonElement> Look(string id)
    {
        await app.Turn();
        return await Invoice(id);
    }

    public async Task<string> StripeId(string ourId) =>
        (await app.Database.Scalar<string>("select stripe_id from stripe_objects where our_id = $1", ourId))!;

    /// <summary>Hears of a Stripe invoice, as WebhookIngest tells it.</summary>
    public Task Hear(string stripeInvoice, string type = "invoice.paid", bool livemode = false, string objectType = "invoice", string? eventId = null, int? replay = null) =>
        app.Make<RefetchOnStripeEvent>().Handle(
            new StripeEventReceived(Integration, eventId ?? TestCaller.NewId("evt"), type, objectType, stripeInvoice, livemode, app.Clock.GetUtcNow(), Replay: replay), default);

    public async Task<List<JsonElement>> Jobs() => [.. (await Owner.Get($"/v1/billing-integrations/{Integration}/jobs")).GetProperty("data").EnumerateArray()];

    public async Task<JsonElement> Queue() => (await Owner.Get($"/v1/billing-integrations/{Integration}")).GetProperty("jobQueue");

    /// <summary>How many invoices Stripe holds for the account, with our id in their metadata.</summary>
    public async Task<int> InvoicesAtStripe(string ourId) =>
        (await app.Stripe.Client(Account).V1.Invoices.ListAsync(new Stripe.InvoiceListOptions { Limit = 100 })).Data.Count(i => i.Metadata.GetValueOrDefault("marketplace_id") == ourId);
}
