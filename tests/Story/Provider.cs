using System.Net;
using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>Chapter one: a provider signs up, connects Stripe with a restricted key, describes a product with three plans, and publishes it.</summary>
public sealed class Provider(Settings settings, StripeAccount stripe) : IDisposable
{
    private readonly Client client = new(settings.Gateway);

    /// <summary>The provider's sign-in.</summary>
    public string Email => $"provider-{settings.Run}@example.com";

    /// <summary>Ids of what the chapter made.</summary>
    public string OrganizationId { get; private set; } = "";

    /// <summary>The sandbox catalog.</summary>
    public string CatalogId { get; private set; } = "";

    /// <summary>The product's only API.</summary>
    public string ApiId { get; private set; } = "";

    /// <summary>25.00 USD a month, 1,000 transactions, strict.</summary>
    public string EnterprisePlanId { get; private set; } = "";

    /// <summary>0.01 USD a call, set-up fee 10.00.</summary>
    public string PayPerUsePlanId { get; private set; } = "";

    /// <summary>100 calls, strict.</summary>
    public string FreePlanId { get; private set; } = "";

    /// <summary>Where the API is called: <c>/apis/{product}/{api}</c>.</summary>
    public string RuntimePath { get; private set; } = "";

    /// <summary>Plays the chapter.</summary>
    public async Task Play()
    {
        await SignUp();
        var integration = settings.BillingModel == "custom" ? await ConnectBillingSystem() : await ConnectStripe();
        CatalogId = await CreateCatalog("Partner APIs", "sandbox");
        await RefuseTestKeyInProduction(integration);
        var product = await DescribeProduct();
        await Publish(product, integration);
    }

    /// <summary>Publishes one more product with the same API and one plan; the plan, and where its API is called.</summary>
    /// <param name="units">Units of the provider's own that the plan names.</param>
    public async Task<(string PlanId, string RuntimePath)> Sell(string title, object plan, params string[] units)
    {
        foreach (var unit in units)
        {
            await client.Post("/v1/consumption-units", new { organizationId = OrganizationId, name = unit, title = unit });
        }

        var (_, plans, path) = await Sell(title, [plan]);
        return (plans[0], path);
    }

    /// <summary>Publishes one more product with the same API and some plans; the product, its plans, and where its API is called.</summary>
    public async Task<(string ProductId, IReadOnlyList<string> PlanIds, string RuntimePath)> Sell(string title, IReadOnlyList<object> plans)
    {
        var product = await client.Post("/v1/products", new { organizationId = OrganizationId, title = $"{title} {settings.Run}", apiIds = new[] { ApiId } });
        var id = (string)product["id"]!;
        var made = new List<string>();
        foreach (var plan in plans)
        {
            made.Add(await CreatePlan(id, plan));
        }

        await client.Post($"/v1/products/{id}/releases", new { type = "major" });
        await client.Post($"/v1/catalogs/{CatalogId}/publications", new { productId = id, visibility = "public" });
        settings.Tell($"{title} is on sale with {string.Join(", ", made)}.");
        return (id, made, $"/apis/{(string)product["name"]!}/{RuntimePath.Split('/')[^1]}");
    }

    /// <summary>Schedules all subscribers of a plan to be moved to another one on a date, whatever the warnings say; the migration.</summary>
    public async Task<string> MigrateOn(DateTimeOffset at, string productId, string planId, string targetPlanId)
    {
        var migration = await client.Post($"/v1/products/{productId}/plans/{planId}/migrate", new { targetPlanId, when = "date", at, acceptWarnings = true });
        Check.Equal("scheduled", (string?)migration["state"], "A migration with a date");
        settings.Tell($"Migration {(string?)migration["id"]} is scheduled for {at:O}; {migration["warnings"]!.AsArray().Count} warnings accepted.");
        return (string)migration["id"]!;
    }

    /// <summary>A token for the provider's own billing system: it tells how invoices stand and reads them, and nothing else.</summary>
    public async Task<string> BillingSystemToken() =>
        (string)(await client.Post("/v1/tokens", new { title = "Billing system", scopes = new[] { "billing-system:write", "billing:read" } }))["token"]!;

    /// <summary>Hands an invoice in error to whoever works on it once more.</summary>
    public Task<JsonNode> RetryInvoice(string id) => client.Post($"/v1/invoices/{id}/retry", new { });

    /// <summary>A migration at present.</summary>
    public Task<JsonNode> Migration(string id) => client.Get($"/v1/migrations/{id}");

    /// <summary>Takes a migration back.</summary>
    public async Task TakeBack(string migration) =>
        Check.Equal("cancelled", (string?)(await client.Post($"/v1/migrations/{migration}/cancel", new { }))["state"], "A migration that was taken back");

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task SignUp()
    {
        client.Token = await People.SignUp(settings, Email);
        OrganizationId = (string)(await client.Post("/v1/organizations", new { kind = "provider", title = $"Weather Works {settings.Run}" }))["id"]!;
        settings.Tell($"Provider {Email} signed up; organization {OrganizationId}.");
    }

    private async Task<string> ConnectStripe()
    {
        var key = await stripe.CreateRestrictedKey(settings.BillingModel);
        var integration = await client.Post("/v1/billing-integrations", new
        {
            organizationId = OrganizationId, title = "Stripe test account", publishableKey = stripe.PublishableKey, secretKey = key, billingModel = settings.BillingModel,
        });
        var id = (string)integration["id"]!;
        Check.Equal(stripe.Id, (string?)integration["accountId"], "The integration's Stripe account");
        Check.Equal(false, (bool?)integration["livemode"], "The integration's mode");
        Check.That(!integration.ToJsonString().Contains(key, StringComparison.Ordinal), "The secret key must be masked.");
        Check.Equal("signing_secret_required", (string?)integration["webhook"]!["status"], "The webhook's state before its secret is known");
        var secret = await stripe.CreateWebhookEndpoint(
            (string)integration["webhook"]!["url"]!, (string)integration["webhook"]!["apiVersion"]!,
            integration["webhook"]!["events"]!.AsArray().Select(e => (string)e!));
        var path = $"/v1/billing-integrations/{id}";
        integration = await client.Update(HttpMethod.Patch, path, new { webhookSigningSecret = secret }, versionOf: path);
        Check.Equal("provided", (string?)integration["webhook"]!["status"], "The webhook's state with its secret");
        settings.Tell($"Billing integration {id} on {stripe.Id} with {(string?)integration["secretKey"]}; webhook endpoint made at Stripe.");
        return id;
    }

    private async Task<string> ConnectBillingSystem()
    {
        var integration = await client.Post("/v1/billing-integrations", new { organizationId = OrganizationId, title = "Own billing system", billingModel = "custom", livemode = false });
        Check.That(integration["accountId"] is null && integration["webhook"] is null, "A custom integration has no Stripe account and no webhook.");
        settings.Tell($"Billing integration {(string?)integration["id"]}: a billing system of the provider's own.");
        return (string)integration["id"]!;
    }

    private async Task<string> CreateCatalog(string title, string environment)
    {
        var catalog = await client.Post("/v1/catalogs", new { organizationId = OrganizationId, title, environment });
        settings.Tell($"Catalog {(string?)catalog["id"]} ({environment}).");
        return (string)catalog["id"]!;
    }

    private async Task RefuseTestKeyInProduction(string integration)
    {
        var production = await CreateCatalog("Partner APIs, live", "production");
        await client.Refused(HttpMethod.Put, $"/v1/catalogs/{production}/billing-integration", new { billingIntegrationId = integration },
            HttpStatusCode.Conflict, "livemode_mismatch", versionOf: $"/v1/catalogs/{production}");
        settings.Tell("A test key on the production catalog: refused, livemode_mismatch.");
    }

    private async Task<string> DescribeProduct()
    {
        var api = await client.Post("/v1/apis", new
        {
            organizationId = OrganizationId, title = "Orders", upstreamUrl = settings.Echo.ToString().TrimEnd('/'),
            resources = new[] { new { method = "GET", path = "/orders" }, new { method = "GET", path = "/status/{status}" } },
        });
        ApiId = (string)api["id"]!;
        var product = await client.Post("/v1/products", new { organizationId = OrganizationId, title = $"Monetized Product {settings.Run}", apiIds = new[] { ApiId } });
        var id = (string)product["id"]!;
        RuntimePath = $"/apis/{(string)product["name"]!}/{(string)api["name"]!}";
        EnterprisePlanId = await CreatePlan(id, new
        {
            title = "Enterprise Plan", currency = "usd", billingPeriod = new { unit = "month", count = 1 },
            price = new { model = "flat", @base = new { amount = 2500, currency = "usd" } }, approval = "automatic",
            quotas = new[] { new { unit = "transactions", limit = 1000, kind = "strict", interval = "period" } },
        });
        PayPerUsePlanId = await CreatePlan(id, new
        {
            title = "Pay per use", currency = "usd", billingPeriod = new { unit = "month", count = 1 },
            price = new { model = "unit", unitAmount = "1" }, setupFee = new { amount = 1000, currency = "usd" }, approval = "automatic",
        });
        FreePlanId = await CreatePlan(id, new
        {
            title = "Free", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "free" }, approval = "automatic",
            quotas = new[] { new { unit = "transactions", limit = 100, kind = "strict", interval = "period" } },
        });
        var release = await client.Post($"/v1/products/{id}/releases", new { type = "major" });
        settings.Tell($"Product {id} with Enterprise Plan 25.00 USD, Pay per use 0.01 USD and Free, released as {(string?)release["version"]}; served at {RuntimePath}.");
        return id;
    }

    private async Task<string> CreatePlan(string product, object plan) => (string)(await client.Post($"/v1/products/{product}/plans", plan))["id"]!;

    private async Task Publish(string product, string integration)
    {
        var publications = $"/v1/catalogs/{CatalogId}/publications";
        await client.Refused(HttpMethod.Post, publications, new { productId = product, visibility = "public" }, HttpStatusCode.Conflict, "billing_required");
        settings.Tell("Publishing paid plans without a billing integration: refused, billing_required.");
        await client.Update(HttpMethod.Put, $"/v1/catalogs/{CatalogId}/billing-integration", new { billingIntegrationId = integration }, versionOf: $"/v1/catalogs/{CatalogId}");
        var publication = await client.Post(publications, new { productId = product, visibility = "public" });
        settings.Tell($"Published as {(string?)publication["id"]}.");
    }
}
