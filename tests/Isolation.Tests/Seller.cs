using System.Text.Json.Nodes;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>A provider organization with one of everything, and more of each on demand.</summary>
public sealed class Seller(Settings settings, Person owner, string name) : IDisposable
{
    private readonly StripeAccount stripe = new(settings.Stripe, settings.Run + name);
    private int made;

    public Person Owner => owner;

    /// <summary>What stands: ids by the names that the table uses.</summary>
    public Dictionary<string, string> Things { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes one of everything.</summary>
    public async Task Open()
    {
        Things["provider"] = await Post("/v1/organizations", new { kind = "provider", title = Title("Provider") });
        Things["integration"] = await Integration();
        Things["reconciliation"] = await Post("/v1/reconciliation", new { billingIntegrationId = Things["integration"] });
        Things["catalog"] = await Catalog();
        Things["api"] = await Post("/v1/apis", new { organizationId = Things["provider"], title = Title("Api"), upstreamUrl = settings.Echo.ToString().TrimEnd('/'), resources = new[] { new { method = "GET", path = "/orders" } } });
        Things["product"] = await Product();
        Things["free plan"] = await Plan(Things["product"], new { title = "Free", price = new { model = "free" } });
        Things["manual plan"] = await Plan(Things["product"], new { title = "By hand", price = new { model = "free" }, approval = "manual" });
        Things["plan"] = await Plan(Things["product"], new
        {
            title = "Paid", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "flat", @base = new { amount = 2500, currency = "usd" } },
        });
        Things["release"] = await Release(Things["product"]);
        Things["publication"] = await Publish(Things["product"]);
        Things["terms"] = await Terms(Things["product"]);
        await owner.Client.Post($"/v1/terms/{Things["terms"]}/publish", new { });
        Things["draft plan"] = await Plan(Things["product"], new { title = "Draft", price = new { model = "free" } });
        Things["limited plan"] = await Plan(Things["product"], new { title = "Limited", price = new { model = "free" }, quotas = new[] { new { limit = 5, apiIds = new[] { Things["api"] } } } });
        Things["quota"] = (string)(await owner.Client.Get($"/v1/products/{Things["product"]}/plans/{Things["limited plan"]}"))["quotas"]![0]!["quotaId"]!;
        Things["product in the drawer"] = await Product();
        await Plan(Things["product in the drawer"], new { title = "Free", price = new { model = "free" } });
        await Release(Things["product in the drawer"]);
        Things["unit"] = await Unit();
        Things["migration"] = await Migration();
        Things["provider invitation"] = (string)(await Invite(Things["provider"], $"invited-{name}@example.com", "viewer"))["id"]!;
        Things["owner token"] = await Post("/v1/tokens", new { title = "Spare" });
    }

    /// <summary>Another one of what the name says.</summary>
    public async Task<string> Make(string thing) => thing switch
    {
        "provider" => await Post("/v1/organizations", new { kind = "provider", title = Title("Provider") }),
        "integration" => await Integration(),
        "rotated integration" => await RotatedIntegration(),
        "free catalog" => await Post("/v1/catalogs", new { organizationId = Things["provider"], title = Title("Catalog"), environment = "sandbox" }),
        "catalog" => await Catalog(),
        "product in the drawer" => await ProductInTheDrawer(),
        "publication" => await Publish(await ProductInTheDrawer()),
        "drafted terms" => await Terms(await ProductInTheDrawer()),
        "draft plan" => await Plan(Things["product"], new { title = Title("Draft"), price = new { model = "free" } }),
        "unused api" => await UnusedApi(),
        "archived api" => await ArchivedApi(),
        "draft product" => await Product(),
        "active plan" => await ActivePlan(),
        "deprecated plan" => await Move(await ActivePlan(), "deprecate"),
        "unit" => await Unit(),
        "migration" => await Migration(),
        "provider invitation" => (string)(await Invite(Things["provider"], $"guest-{name}-{Interlocked.Increment(ref made)}@example.com", "viewer"))["id"]!,
        "owner token" => await Post("/v1/tokens", new { title = "Spare" }),
        _ => throw new StoryException($"Nobody knows how to make a new {thing}: tell Seller.Make or Buyer.Make."),
    };

    /// <summary>Makes a person a member of an organization whose administrator invites.</summary>
    public static async Task Join(Person administrator, string organization, Person person, string role)
    {
        var invitation = await administrator.Client.Post($"/v1/organizations/{organization}/invitations", new { email = person.Email, roles = new[] { role } });
        await person.Client.Post($"/v1/invitations/{(string)invitation["token"]!}/accept", new { });
    }

    /// <summary>A product on offer with one plan, and that plan.</summary>
    public async Task<string> PlanOnOffer(object terms) => (await OnOffer(terms)).Plan;

    /// <summary>A product on offer with one plan, and a plan that waits for the product's next release.</summary>
    public async Task<(string Product, string Plan, string Draft)> OnOfferWithDraft()
    {
        var free = new { title = "Free", price = new { model = "free" } };
        var (product, plan) = await OnOffer(free);
        return (product, plan, await Plan(product, free with { title = "Next" }));
    }

    public Task<JsonNode> Invite(string organization, string email, string role) =>
        owner.Client.Post($"/v1/organizations/{organization}/invitations", new { email, roles = new[] { role } });

    public void Dispose() => stripe.Dispose();

    private async Task<(string Product, string Plan)> OnOffer(object terms)
    {
        var product = await Product();
        var plan = await Plan(product, terms);
        await Release(product);
        await Publish(product);
        return (product, plan);
    }

    private async Task<string> Integration() => await Post("/v1/billing-integrations", new
    {
        organizationId = Things["provider"], title = Title("Stripe"), publishableKey = stripe.PublishableKey, secretKey = stripe.SecretKey, billingModel = "invoices",
    });

    private async Task<string> RotatedIntegration()
    {
        var integration = await Integration();
        await owner.Client.Post($"/v1/billing-integrations/{integration}/webhook-endpoint/rotate", new { });
        return integration;
    }

    private async Task<string> Catalog()
    {
        var catalog = await Post("/v1/catalogs", new { organizationId = Things["provider"], title = Title("Catalog"), environment = "sandbox" });
        await owner.Client.Update(HttpMethod.Put, $"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = Things["integration"] }, versionOf: $"/v1/catalogs/{catalog}");
        return catalog;
    }

    private Task<string> Product() => Post("/v1/products", new { organizationId = Things["provider"], title = Title("Product"), apiIds = new[] { Things["api"] } });

    private async Task<string> ProductInTheDrawer()
    {
        var product = await Product();
        await Plan(product, new { title = "Free", price = new { model = "free" } });
        await Release(product);
        return product;
    }

    private Task<string> Terms(string product) => Post("/v1/terms", new { organizationId = Things["provider"], productId = product, title = Title("Terms"), text = "Be kind." });

    private Task<string> Plan(string product, object terms) => Post($"/v1/products/{product}/plans", terms);

    private async Task<string> ActivePlan() => await Move(await Plan(Things["product"], new { title = Title("Active"), price = new { model = "free" } }), "activate");

    private async Task<string> Move(string plan, string move)
    {
        await owner.Client.Post($"/v1/products/{Things["product"]}/plans/{plan}/{move}", new { });
        return plan;
    }

    private Task<string> UnusedApi() => Post("/v1/apis", new { organizationId = Things["provider"], title = Title("Api"), upstreamUrl = settings.Echo.ToString().TrimEnd('/') });

    private async Task<string> ArchivedApi()
    {
        var api = await UnusedApi();
        await owner.Client.Post($"/v1/apis/{api}/archive", new { });
        return api;
    }

    private Task<string> Migration() => Post("/v1/migrations", new { sourceProductId = Things["product"], plans = new[] { new { source = Things["free plan"], target = Things["manual plan"] } } });

    private Task<string> Unit() => Post("/v1/consumption-units", new { organizationId = Things["provider"], name = $"x-{name}-{Interlocked.Increment(ref made)}", title = "Tokens" });

    private Task<string> Release(string product) => Post($"/v1/products/{product}/releases", new { type = "major" });

    private Task<string> Publish(string product) => Post($"/v1/catalogs/{Things["catalog"]}/publications", new { productId = product, visibility = "public" });

    private async Task<string> Post(string path, object body) => (string)(await owner.Client.Post(path, body))["id"]!;

    private string Title(string what) => $"{what} {name} {settings.Run} {Interlocked.Increment(ref made)}";
}
