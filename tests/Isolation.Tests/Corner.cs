using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>A catalog of the tenant's own with an integration of another Stripe account, and the tenant's consumer as a customer there: what goes wrong in a corner goes wrong nowhere else.</summary>
public sealed class Corner : IDisposable
{
    private readonly World world;
    private readonly StripeAccount account;
    private readonly HttpClient stripe;
    private int made;

    /// <param name="name">Two letters, which make the account another one.</param>
    private Corner(World world, string name)
    {
        this.world = world;
        account = new StripeAccount(world.Settings.Stripe, name + world.Settings.Run);
        stripe = new HttpClient { BaseAddress = world.Settings.Stripe };
        stripe.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", account.SecretKey);
    }

    /// <summary>The integration, the catalog that it bills, and a paid plan there.</summary>
    public string Integration { get; private set; } = "";

    private string Catalog { get; set; } = "";

    private string Plan { get; set; } = "";

    /// <summary>Makes it.</summary>
    public static async Task<Corner> Open(World world, string name, string billingModel)
    {
        var corner = new Corner(world, name);
        corner.Integration = await world.Seller.Integration(corner.account, billingModel);
        (corner.Catalog, corner.Plan) = await world.Seller.CatalogWithPlan(corner.Integration);
        return corner;
    }

    /// <summary>A customer of its own, with a subscription that is to be paid.</summary>
    public async Task<(string Consumer, string Subscription)> Subscribe()
    {
        var admin = world["consumer_admin"].Client;
        var consumer = (string)(await admin.Post("/v1/organizations", new { kind = "consumer", title = $"Corner {Interlocked.Increment(ref made)}", catalogId = Catalog }))["id"]!;
        return (consumer, (string)(await admin.Post("/v1/subscriptions", new { planId = Plan, catalogId = Catalog, organizationId = consumer, acceptTerms = true }))["id"]!);
    }

    /// <summary>Lets Stripe refuse every invoice from now on.</summary>
    public Task RefuseInvoices() => Read(stripe.PostAsJsonAsync(
        "_emulator/faults", new { account = account.Id, method = "POST", path = "/v1/invoices", kind = "status", status = 400, code = "nope", times = 10_000 }));

    /// <summary>The job that makes a new customer's first invoice, which Stripe refuses, and that invoice.</summary>
    public async Task<(string Job, string Invoice)> Failure()
    {
        var (consumer, subscription) = await Subscribe();
        var owner = world["owner"].Client;
        var (invoices, _) = await Check.Until(
            async () => (await owner.Get($"/v1/invoices?subscription={subscription}"))["data"]!.AsArray(), i => i.Count > 0 && (string?)i[0]!["level"] == "error", "The refused invoice in error");
        var jobs = await owner.Get($"/v1/billing-integrations/{Integration}/jobs?organizationId={consumer}");
        return ((string)jobs["data"]![0]!["id"]!, (string)invoices[0]!["id"]!);
    }

    /// <summary>Two drafts at Stripe that name invoices of ours which there are not, found by a comparison; the second has gone again since.</summary>
    public async Task<(string Run, string Drift, string Vanished)> Drifts()
    {
        var customer = (string)(await Read(stripe.PostAsync("v1/customers", Form(("name", "Drift")))))["id"]!;
        var drafts = new List<string>();
        foreach (var ours in new[] { "inv_none1", "inv_none2" })
        {
            drafts.Add((string)(await Read(stripe.PostAsync(
                "v1/invoices", Form(("customer", customer), ("metadata[marketplace_integration]", Integration), ("metadata[marketplace_id]", ours)))))["id"]!);
        }

        var owner = world["owner"].Client;
        var run = (string)(await owner.Post("/v1/reconciliation", new { billingIntegrationId = Integration }))["id"]!;
        var (found, _) = await Check.Until(
            async () => (await owner.Get($"/v1/reconciliation/{run}/drifts"))["data"]!.AsArray(), d => drafts.TrueForAll(id => d.Any(drift => (string?)drift!["stripeId"] == id)), "Both drafts found");
        await Read(stripe.DeleteAsync($"v1/invoices/{drafts[1]}"));
        return (run, Id(drafts[0]), Id(drafts[1]));

        string Id(string draft) => (string)found.Single(drift => (string?)drift!["stripeId"] == draft)!["id"]!;
    }

    public void Dispose()
    {
        account.Dispose();
        stripe.Dispose();
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static async Task<JsonNode> Read(Task<HttpResponseMessage> sent)
    {
        using var response = await sent;
        var text = await response.Content.ReadAsStringAsync();
        Check.That(response.IsSuccessStatusCode, $"Stripe answered {(int)response.StatusCode} to {response.RequestMessage?.RequestUri?.AbsolutePath}: {text}");
        return text.StartsWith('{') ? JsonNode.Parse(text)! : new JsonObject();
    }
}

/// <summary>The corners of a world, each opened when something of it is asked for.</summary>
public sealed class Corners(World world) : IDisposable
{
    private readonly Lazy<Task<Corner>> failing = new(() => Failing(world, "Fa"));
    private readonly Lazy<Task<Corner>> stuck = new(async () =>
    {
        var corner = await Failing(world, "St");
        await corner.Failure();
        return corner;
    });

    private readonly Lazy<Task<Corner>> renewed = new(() => Corner.Open(world, "Re", "subscriptions"));
    private readonly Lazy<Task<(string Run, string Drift, string Vanished)>> drifts = new(async () =>
    {
        using var corner = await Corner.Open(world, "Dr", "invoices");
        return await corner.Drifts();
    });

    /// <summary>One of what the name says; null when it is none of these.</summary>
    public async Task<string?> Make(string thing) => thing switch
    {
        "failing integration" => (await failing.Value).Integration,
        "stuck integration" => (await stuck.Value).Integration,
        "failed job" => (await (await failing.Value).Failure()).Job,
        "failed invoice" => (await (await failing.Value).Failure()).Invoice,
        "renewed subscription" => (await (await renewed.Value).Subscribe()).Subscription,
        "drifted reconciliation" => (await drifts.Value).Run,
        "drift" => (await drifts.Value).Drift,
        "vanished drift" => (await drifts.Value).Vanished,
        _ => null,
    };

    public void Dispose()
    {
        foreach (var corner in new[] { failing, stuck, renewed }.Where(corner => corner is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
        {
            corner.Value.Result.Dispose();
        }
    }

    private static async Task<Corner> Failing(World world, string name)
    {
        var corner = await Corner.Open(world, name, "invoices");
        await corner.RefuseInvoices();
        return corner;
    }
}
