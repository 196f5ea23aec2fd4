using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>A consumer organization whose administrator stores payment methods on Stripe's own pages, as a browser does.</summary>
public sealed class CardHolder
{
    public const string Good = "4242424242424242";
    public const string OtherGood = "5555555555554444";
    public const string Declined = "4000000000000002";
    public const string DeclinedWhenCharged = "4000000000000341";
    public const string AuthenticatedOnce = "4000002500003155";
    public const string AuthenticatedAlways = "4000002760003184";

    private readonly InvoicingApp app;
    private readonly Seller seller;

    private CardHolder(InvoicingApp app, Seller seller)
    {
        this.app = app;
        this.seller = seller;
        Admin = app.ClientFor(TestCaller.Consumer(Organization, Catalog, Roles.Admin));
    }

    public string Organization { get; } = TestCaller.NewId("org");

    public string Catalog { get; } = TestCaller.NewId("cat");

    public HttpClient Admin { get; }

    /// <summary>The organization and its catalog as this service hears of them.</summary>
    public static async Task<CardHolder> Open(InvoicingApp app, Seller seller)
    {
        var holder = new CardHolder(app, seller);
        await app.Make<KeepOrganization>().Handle(new OrganizationCreated(holder.Organization, "consumer", "Consumer Ltd", holder.Catalog, $"{Guid.NewGuid():n}@example.com", true, 1), default);
        await holder.Settings(version: 1);
        return holder;
    }

    public Task Settings(long version, bool paymentMethods = true, bool paymentMethodRequired = false) => app.Make<KeepCatalog>().Handle(
        new CatalogSettingsChanged(
            Catalog, seller.Organization, "sandbox", true, version, BillingIntegrationId: seller.Integration, PaymentMethods: paymentMethods, PaymentMethodRequired: paymentMethodRequired), default);

    public object Body(string title = "Company card", string success = "https://shop.example.com/paid?session={CHECKOUT_SESSION_ID}") => new
    {
        organizationId = Organization, catalogId = Catalog, title, successUrl = success, cancelUrl = "http://localhost:3000/cancelled",
    };

    /// <summary>Opens the page; its session.</summary>
    public async Task<(string Id, Uri Page)> Ask(string title = "Company card")
    {
        var session = (await Admin.Post("/v1/payment-methods", Body(title)).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("setupSession");
        return (session.GetProperty("id").GetString()!, new Uri(session.GetProperty("url").GetString()!));
    }

    /// <summary>Types a card and sends the form; what the page answered and where it leads.</summary>
    public static async Task<(HttpStatusCode Status, Uri? Next)> Type(Uri page, string card)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["payment_method"] = "card", ["name"] = "Ada Lovelace", ["card_number"] = card, ["card_expiry"] = "12/34", ["card_cvc"] = "123",
        });
        using var answer = await browser.PostAsync(page, form);
        return (answer.StatusCode, answer.Headers.Location is { } next ? new Uri(page, next) : null);
    }

    /// <summary>The step of 3-D Secure.</summary>
    public static async Task Authenticate(Uri page, bool passes)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["result"] = passes ? "complete" : "fail" });
        using var answer = await browser.PostAsync(page, form);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    /// <summary>What the storefront asks when the person comes back.</summary>
    public Task<JsonElement> Return(string session) => Admin.Get($"/v1/checkout-sessions/{session}");

    /// <summary>Stores a card from beginning to end.</summary>
    public async Task<JsonElement> Store(string card = Good, string title = "Company card")
    {
        var (session, page) = await Ask(title);
        var (status, _) = await Type(page, card);
        Assert.Equal(HttpStatusCode.SeeOther, status);
        Assert.Equal("complete", (await Return(session)).GetProperty("status").GetString());
        return (await Methods()).Single(m => m.GetProperty("title").GetString() == title);
    }

    public async Task<List<JsonElement>> Methods() => [.. (await Admin.Get($"/v1/payment-methods?organizationId={Organization}")).GetProperty("data").EnumerateArray()];

    /// <summary>Its customer at Stripe.</summary>
    public async Task<string> Customer() => (await app.Database.Scalar<string>(
        "select stripe_id from stripe_objects where our_id = (select id from customers where organization_id = $1)", Organization))!;

    /// <summary>The default at Stripe.</summary>
    public async Task<string?> DefaultAtStripe() => (await app.Stripe.Client(seller.Account).V1.Customers.GetAsync(await Customer())).InvoiceSettings.DefaultPaymentMethodId;

    public Task<string> Token(JsonElement method) => seller.StripeId(method.GetProperty("id").GetString()!);

    /// <summary>A subscription of this organization, approved now.</summary>
    public SubscriptionApproved Approved(PlanSnapshot plan) => seller.Approved(plan, Organization) with { CatalogId = Catalog };
}
