using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Billing;
using Marketplace.Catalog.Catalogs;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

/// <summary>Catalog on a database of the class's own, with one internal upstream allowed.</summary>
public class CatalogApp : ServiceApp<Program>
{
    public const string AllowedUpstream = "http://127.0.0.1:5099";

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Upstreams:Allowed:0", "127.0.0.1:5099")];

    /// <summary>A provider organization of the test's own.</summary>
    public Provider NewProvider() => new(this, TestCaller.NewId("org"));

    /// <summary>Lets the service hear of a billing integration.</summary>
    public async Task<string> Integration(string organization, bool livemode = false, bool ready = true, bool deleted = false, string? id = null, long version = 1, string model = "invoices")
    {
        id ??= TestCaller.NewId("bil");
        await Make<KeepBillingIntegration>().Handle(
            new BillingIntegrationChanged(id, organization, "Stripe", "acct_1", livemode, model, [], ready, deleted, version), default);
        return id;
    }

    /// <summary>Lets the service hear of a consumer organization that signed up to a catalog.</summary>
    public async Task<string> Joins(string catalog, string title = "Consumer Inc", string? id = null, long version = 1)
    {
        id ??= TestCaller.NewId("org");
        await Make<KeepConsumerOrganization>().Handle(new OrganizationCreated(id, "consumer", title, catalog, "bills@consumer.example", true, version), default);
        return id;
    }
}

/// <summary>A provider with its owner's client, and short ways to what most tests need first.</summary>
public sealed class Provider(CatalogApp app, string organization)
{
    public string Organization => organization;

    public HttpClient Owner { get; } = app.ClientFor(TestCaller.Provider(organization, "owner"));

    public HttpClient As(params string[] roles) => app.ClientFor(TestCaller.Provider(organization, roles));

    public static object Flat(string title = "Enterprise Plan", long amount = 2500, string currency = "usd") => new
    {
        title, currency, billingPeriod = new { unit = "month", count = 1 },
        price = new { model = "flat", @base = new { amount, currency } },
        quotas = new[] { new { unit = "transactions", limit = 1000, kind = "strict" } },
    };

    public static object PerCall(string title = "Pay per use") => new
    {
        title, currency = "usd", price = new { model = "unit", unitAmount = "1" }, setupFee = new { amount = 1000, currency = "usd" },
    };

    public static object Free(string title = "Free") => new
    {
        title, price = new { model = "free" }, quotas = new[] { new { unit = "transactions", limit = 100, kind = "strict" } },
    };

    public async Task<string> Catalog(string environment = "sandbox", string? integration = null)
    {
        var id = await Id(Owner.Post("/v1/catalogs", new { organizationId = organization, title = "Shop", environment }));
        if (integration is not null)
        {
            await Owner.Put($"/v1/catalogs/{id}/billing-integration", new { billingIntegrationId = integration }, "*").Expect(HttpStatusCode.OK);
        }

        return id;
    }

    public async Task<string> SellingCatalog() => await Catalog("sandbox", await app.Integration(organization));

    public Task<string> Api(string title = "Orders", string upstreamUrl = CatalogApp.AllowedUpstream) =>
        Id(Owner.Post("/v1/apis", new { organizationId = organization, title, upstreamUrl, resources = new[] { new { method = "GET", path = "/orders/{id}" } } }));

    public async Task<string> Product(params object[] plans)
    {
        var id = await Id(Owner.Post("/v1/products", new { organizationId = organization, title = "Monetized Product", apiIds = new[] { await Api() } }));
        foreach (var plan in plans)
        {
            await Plan(id, plan);
        }

        return id;
    }

    public Task<string> Plan(string product, object? plan = null) => Id(Owner.Post($"/v1/products/{product}/plans", plan ?? Flat()));

    public Task<string> Unit(string name = "x-tokens") => Id(Owner.Post("/v1/consumption-units", new { organizationId = organization, name, title = "Tokens" }));

    public Task<JsonElement> Release(string product, string type = "major") =>
        Owner.Post($"/v1/products/{product}/releases", new { type }).Expect<JsonElement>(HttpStatusCode.Created);

    /// <summary>A released product of this title, published.</summary>
    public async Task<string> Offered(string catalog, string title, string? description = null, string api = "Orders", params object[] plans)
    {
        var id = await Id(Owner.Post("/v1/products", new { organizationId = organization, title, description, apiIds = new[] { await Api(api) } }));
        foreach (var plan in plans)
        {
            await Plan(id, plan);
        }

        await Release(id);
        await Publish(catalog, id);
        return id;
    }

    public async Task<string> Released(params object[] plans)
    {
        var id = await Product(plans);
        await Release(id);
        return id;
    }

    /// <summary>Terms with a first draft.</summary>
    public Task<string> Terms(object body) => Id(Owner.Post("/v1/terms", body));

    public Task<string> Publish(string catalog, string product, string visibility = "public") =>
        Id(Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility }));

    // Ids order by time, and the test's time stands still by itself.
    private async Task<string> Id(Task<HttpResponseMessage> sent)
    {
        var id = (await sent.Expect<JsonElement>(HttpStatusCode.Created)).Id();
        app.Clock.Advance(TimeSpan.FromMilliseconds(1));
        return id;
    }
}

/// <summary>Reads plain JSON answers.</summary>
public static class Answers
{
    public static string Id(this JsonElement answer) => answer.GetProperty("id").GetString()!;

    public static string? Text(this JsonElement answer, string property) => answer.GetProperty(property).GetString();

    public static List<JsonElement> Data(this JsonElement page) => [.. page.GetProperty("data").EnumerateArray()];
}
