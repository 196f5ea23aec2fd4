using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>A provider organization with one of everything, and more of each on demand.</summary>
public sealed class Seller(Settings settings, Person owner, string name) : IDisposable
{
    private readonly StripeAccount stripe = new(settings.Stripe, settings.Run + name);
    private readonly ConcurrentDictionary<string, Lazy<Task<(string Product, string Plan)>>> pairs = new(StringComparer.Ordinal);
    private int accounts;
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
        "integration" => await AnotherIntegration(),
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
        "publishable key" => stripe.PublishableKey,
        "secret key" => stripe.SecretKey,
        "waiting consumer catalog" => await ApprovingCatalog(),
        "second api" or "growing product" or "growing plan" or "growing quota" => await Growing(thing),
        "heir" or "superseded product" or "replaced product" or "targeted product" => (await Pair(thing)).Product,
        "heir plan" or "replaced plan" or "targeted plan" => (await Pair(thing == "heir plan" ? "heir" : thing.Replace("plan", "product", StringComparison.Ordinal))).Plan,
        "aimed product" => await Aimed(),
        "scheduled migration" => await MigrationAway("date"),
        "executable migration" => await MigrationAway("draft"),
        "executed migration" => await MigrationAway("now"),
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

    /// <summary>A product on offer with these two plans.</summary>
    public async Task<(string First, string Second)> TwoPlansOnOffer()
    {
        var product = await Product();
        var plans = (await Plan(product, new { title = "First", price = new { model = "free" } }), await Plan(product, new { title = "Second", price = new { model = "free" } }));
        await Release(product);
        await Publish(product);
        return plans;
    }

    /// <summary>A billing integration of an account.</summary>
    public Task<string> Integration(StripeAccount account, string billingModel = "invoices") => Post("/v1/billing-integrations", new
    {
        organizationId = Things["provider"], title = Title("Stripe"), publishableKey = account.PublishableKey, secretKey = account.SecretKey, billingModel,
    });

    /// <summary>A catalog that an integration bills, and a paid plan there.</summary>
    public async Task<(string Catalog, string Plan)> CatalogWithPlan(string integration)
    {
        var (catalog, product) = (await Catalog(integration), await Product());
        var plan = await Plan(product, new { title = "Paid", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "flat", @base = new { amount = 2500, currency = "usd" } } });
        await Release(product);
        await Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" });
        return (catalog, plan);
    }

    public void Dispose() => stripe.Dispose();

    private async Task<(string Product, string Plan)> OnOffer(object terms)
    {
        var product = await Product();
        var plan = await Plan(product, terms);
        await Release(product);
        await Publish(product);
        return (product, plan);
    }

    private Task<string> Integration() => Integration(stripe);

    // Of an account of its own: one account has room for sixteen webhook endpoints.
    private async Task<string> AnotherIntegration()
    {
        using var account = new StripeAccount(settings.Stripe, $"{name[0]}{Interlocked.Increment(ref accounts):00}{settings.Run}");
        return await Integration(account);
    }

    private async Task<string> RotatedIntegration()
    {
        var integration = await AnotherIntegration();
        await owner.Client.Post($"/v1/billing-integrations/{integration}/webhook-endpoint/rotate", new { });
        return integration;
    }

    private Task<(string Product, string Plan)> Pair(string name) => pairs.GetOrAdd(name, _ => new(() => OnOffer(new { title = "Free", price = new { model = "free" } }))).Value;

    private async Task<string> Aimed()
    {
        var (product, plan) = await OnOffer(new { title = "Free", price = new { model = "free" } });
        var heir = await Pair("heir");
        await owner.Client.Update(HttpMethod.Put, $"/v1/products/{product}/migration-target", new { productId = heir.Product, plans = new[] { new { source = plan, target = heir.Plan } } });
        return product;
    }

    private async Task<string> MigrationAway(string when)
    {
        var (product, plan) = await OnOffer(new { title = "Free", price = new { model = "free" } });
        var heir = await Pair("heir");
        return await Post("/v1/migrations", new
        {
            sourceProductId = product, targetProductId = heir.Product, plans = new[] { new { source = plan, target = heir.Plan } }, acceptWarnings = true,
            when, at = when == "date" ? DateTimeOffset.UtcNow.AddDays(400) : (DateTimeOffset?)null,
        });
    }

    // A plan whose quota covers one of its product's two APIs.
    private async Task<string> Growing(string thing)
    {
        var (product, plan) = await pairs.GetOrAdd("growing", _ => new(async () =>
        {
            var second = await UnusedApi();
            var grows = await Post("/v1/products", new { organizationId = Things["provider"], title = Title("Product"), apiIds = new[] { Things["api"], second } });
            return (grows, await Plan(grows, new { title = "Limited", price = new { model = "free" }, quotas = new[] { new { limit = 5, apiIds = new[] { Things["api"] } } } }));
        })).Value;
        return thing switch
        {
            "growing product" => product,
            "growing plan" => plan,
            "growing quota" => (string)(await owner.Client.Get($"/v1/products/{product}/plans/{plan}"))["quotas"]![0]!["quotaId"]!,
            _ => (string)(await owner.Client.Get($"/v1/products/{product}"))["apiIds"]![1]!,
        };
    }

    private async Task<string> ApprovingCatalog()
    {
        var catalog = await Make("free catalog");
        await owner.Client.Update(HttpMethod.Put, $"/v1/catalogs/{catalog}/settings", new { organizationApproval = "manual" }, versionOf: $"/v1/catalogs/{catalog}");
        return catalog;
    }

    private async Task<string> Catalog(string? integration = null)
    {
        var catalog = await Post("/v1/catalogs", new { organizationId = Things["provider"], title = Title("Catalog"), environment = "sandbox" });
        await owner.Client.Update(HttpMethod.Put, $"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration ?? Things["integration"] }, versionOf: $"/v1/catalogs/{catalog}");
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

    private async Task<string> ActivePlan()
    {
        var plan = await Plan(Things["product"], new { title = Title("Active"), price = new { model = "free" } });
        try
        {
            return await Move(plan, "activate");
        }
        catch (StoryException)
        {
            // A release of the product, which others make at the same time, activates what it finds.
            Check.Equal("active", (string?)(await owner.Client.Get($"/v1/products/{Things["product"]}/plans/{plan}"))["status"], $"The status of {plan}");
            return plan;
        }
    }

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
