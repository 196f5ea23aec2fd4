using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Dev.Seed;

/// <summary>A provider with members of each role, a connected Stripe account, and products on offer in a sandbox catalog.</summary>
internal sealed class ProviderSeed(SeedWorld world)
{
    private const string Owner = "provider-demo@example.com";

    private static readonly SeededUser[] Others =
    [
        new("provider-demo-admin@example.com", ["admin"]), new("provider-demo-products@example.com", ["product_manager"]), new("provider-demo-viewer@example.com", ["viewer"]),
    ];

    /// <summary>Makes what is not there yet; what is there now.</summary>
    public async Task<SeededProvider> Fill(CancellationToken cancellation)
    {
        using var owner = await world.Client().SignUp(Owner, cancellation);
        var id = SeedClient.Text(
            await owner.OldestOr("v1/organizations?kind=provider", _ => true, () => owner.Post("v1/organizations", new { kind = "provider", title = "Weather Works" }, cancellation), cancellation), "id");
        await Members.Join(world, owner, id, Others, cancellation);
        var integration = await owner.OldestOr($"v1/billing-integrations?organizationId={id}", _ => true, () => owner.Post("v1/billing-integrations", new
        {
            organizationId = id, title = "Stripe test account", publishableKey = EmulatedAccount.PublishableKey, secretKey = EmulatedAccount.SecretKey, billingModel = "invoices",
        }, cancellation), cancellation);
        var catalog = await Catalog(owner, id, SeedClient.Text(integration, "id"), cancellation);
        var api = await owner.OldestOr($"v1/apis?organizationId={id}", SeedClient.Has("title", "Orders"), () => owner.Post("v1/apis", new
        {
            organizationId = id, title = "Orders", upstreamUrl = world.Upstream, resources = new[] { new { method = "GET", path = "/orders" }, new { method = "GET", path = "/status/{status}" } },
        }, cancellation), cancellation);
        var products = new List<SeededProduct>();
        foreach (var (title, plans) in PriceList.Products)
        {
            products.Add(await Offer(owner, id, catalog, api, title, plans, cancellation));
        }

        await owner.Leave(cancellation);
        return new(
            id, SeedClient.Text(integration, "accountId"), SeedClient.Text(integration, "id"), catalog, SeedClient.Text(api, "id"), products,
            [new SeededUser(Owner, ["owner"]), .. Others]);
    }

    private static async Task<string> Catalog(SeedClient owner, string organizationId, string billingIntegrationId, CancellationToken cancellation)
    {
        var catalog = await owner.OldestOr(
            $"v1/catalogs?organizationId={organizationId}", SeedClient.Has("environment", "sandbox"),
            () => owner.Post("v1/catalogs", new { organizationId, title = "Partner APIs", environment = "sandbox" }, cancellation), cancellation);
        var id = SeedClient.Text(catalog, "id");
        if (catalog["billingIntegration"] is null)
        {
            await owner.Put($"v1/catalogs/{id}/billing-integration", new { billingIntegrationId }, cancellation);
        }

        return id;
    }

    private static async Task<SeededProduct> Offer(
        SeedClient owner, string organizationId, string catalog, JsonNode api, string title, (string Title, object Terms)[] plans, CancellationToken cancellation)
    {
        var product = await owner.OldestOr(
            $"v1/products?organizationId={organizationId}", SeedClient.Has("title", title),
            () => owner.Post("v1/products", new { organizationId, title, apiIds = new[] { SeedClient.Text(api, "id") } }, cancellation), cancellation);
        var id = SeedClient.Text(product, "id");
        var made = new List<SeededPlan>();
        foreach (var (named, terms) in plans)
        {
            var plan = await owner.OldestOr(
                $"v1/products/{id}/plans", SeedClient.Has("title", named), () => owner.Post($"v1/products/{id}/plans", terms, cancellation), cancellation);
            made.Add(new(SeedClient.Text(plan, "id"), named, SeedClient.Text(plan["price"]!, "model")));
        }

        await owner.OldestOr($"v1/products/{id}/releases", _ => true, () => owner.Post($"v1/products/{id}/releases", new { type = "major" }, cancellation), cancellation);
        await owner.OldestOr(
            $"v1/catalogs/{catalog}/publications", SeedClient.Has("productId", id),
            () => owner.Post($"v1/catalogs/{catalog}/publications", new { productId = id, visibility = "public" }, cancellation), cancellation);
        return new(id, title, $"/apis/{SeedClient.Text(product, "name")}/{SeedClient.Text(api, "name")}", made);
    }
}
