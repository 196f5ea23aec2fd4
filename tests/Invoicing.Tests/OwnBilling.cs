using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>A provider whose own billing system charges, new for every test, and that system: it reads the feed and tells what it did with a token for nothing else.</summary>
internal sealed class OwnBilling
{
    private readonly InvoicingApp app;

    private OwnBilling(InvoicingApp app)
    {
        this.app = app;
        Owner = app.ClientFor(TestCaller.Provider(Organization, Roles.Owner));
        System = app.ClientFor(TestCaller.Provider(Organization, Roles.Admin) with { Scopes = ["billing-system:write"] });
    }

    public string Organization { get; } = TestCaller.NewId("org");

    public string Integration { get; private set; } = "";

    public HttpClient Owner { get; }

    public HttpClient System { get; }

    public static async Task<OwnBilling> Open(InvoicingApp app)
    {
        var seller = new OwnBilling(app);
        seller.Integration = (await seller.Owner.Post("/v1/billing-integrations", seller.Body()).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        return seller;
    }

    public object Body() => new { organizationId = Organization, title = "SAP", billingModel = "custom", livemode = false };

    public SubscriptionApproved Approved(PlanSnapshot plan)
    {
        var now = app.Clock.GetUtcNow();
        return new(
            TestCaller.NewId("sub"), TestCaller.NewId("org"), "Consumer Ltd", $"{Guid.NewGuid():n}@example.com", Organization, TestCaller.NewId("cat"), "sandbox", Integration,
            "prd_1", "Weather", plan, now, now.AddMonths(1), now);
    }

    /// <summary>The first invoice of a subscription that was just approved.</summary>
    public async Task<string> Charge(SubscriptionApproved approved)
    {
        await app.Make<ChargeOnApproval>().Handle(approved, default);
        return await InvoiceOf(approved.SubscriptionId, "initial");
    }

    /// <summary>A new subscription's first invoice over 25.00, which has 14 days to be paid.</summary>
    public Task<string> Charge() => Charge(Approved(Plans.Of(basePrice: 2500)));

    public async Task<string> InvoiceOf(string subscription, string kind) =>
        (await app.Database.Scalar<string>("select id from invoices where subscription_id = $1 and kind = $2", subscription, kind))!;

    public Task<JsonElement> Invoice(string id) => Owner.Get($"/v1/invoices/{id}");

    public async Task<string> Version(string id) => (await Owner.GetAsync($"/v1/invoices/{id}").Expect()).Headers.ETag!.ToString();

    /// <summary>Tells one thing of the invoice as it is now.</summary>
    public async Task<HttpResponseMessage> Tell(string id, string what, object body) => await System.Put($"/v1/invoices/{id}/{what}", body, await Version(id));

    public static object Billed(string id, long total = 2500, long taxes = 0, long pastDues = 0, string? number = null, string? link = "https://billing.example.com/4711") => new
    {
        id = $"doc-{id}", number = number ?? $"R-{id[^6..]}", issueDate = "2000-01-31", customerId = "C-17", link, amount = new { currency = "usd", total, taxes, pastDues, due = total + taxes + pastDues },
    };

    /// <summary>Bills an invoice and makes it payable.</summary>
    public async Task Bill(string id, long total = 2500)
    {
        await Tell(id, "billing", Billed(id, total)).Expect();
        await Tell(id, "state", new { name = "open" }).Expect();
    }

    public Task<JsonElement> Page(string query = "") => System.Get($"/v1/invoice-events{query}");

    /// <summary>All that the feed has of an invoice: its state, level and what changed.</summary>
    public async Task<List<string>> Told(string id) =>
        [.. (await Page()).GetProperty("data").EnumerateArray().Where(e => e.GetProperty("payload").GetProperty("invoiceId").GetString() == id).Select(Words)];

    public static string Words(JsonElement told) =>
        $"{told.GetProperty("payload").GetProperty("state").GetProperty("name")} {told.GetProperty("payload").GetProperty("status").GetProperty("level")} {told.GetProperty("metadata").GetProperty("subresource")}";
}
