using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>A product on offer with a plan for each way to price: what a storefront can show.</summary>
public static class PriceList
{
    private const string Product = "Every Price Model";
    private static readonly object Month = new { unit = "month", count = 1 };

    // Title and terms of each plan, in the order of the storefront.
    private static readonly (string Model, object Terms)[] Plans =
    [
        ("free", new { title = "Free", price = new { model = "free" }, quotas = new[] { new { unit = "transactions", limit = 100, kind = "strict", interval = "day" } } }),
        ("flat", new
        {
            title = "Flat, with set-up fee and trial", currency = "usd", billingPeriod = Month, price = new { model = "flat", @base = Usd(4900) }, setupFee = Usd(1000), trialDays = 14,
        }),
        ("flat", new
        {
            title = "Flat, 10,000 calls included and overage", currency = "usd", billingPeriod = Month, price = new { model = "flat", @base = Usd(9900) },
            quotas = new[] { new { unit = "transactions", limit = 10_000, kind = "loose", interval = "period", overage = "0.8" } },
        }),
        ("flat", new { title = "Flat, in yen", currency = "jpy", billingPeriod = Month, price = new { model = "flat", @base = new { amount = 5000, currency = "jpy" } } }),
        ("unit", new { title = "Per call, half a cent", currency = "usd", billingPeriod = Month, price = new { model = "unit", unitAmount = "0.5" } }),
        ("graduated", new
        {
            title = "Graduated: each call at its tier's price", currency = "usd", billingPeriod = Month,
            price = new { model = "graduated", tiers = new object[] { new { upTo = 1000, unitAmount = "0" }, new { upTo = 10_000, unitAmount = "1" }, new { unitAmount = "0.5" } } },
        }),
        ("volume", new
        {
            title = "Volume: all calls at the price of the tier reached", currency = "usd", billingPeriod = Month,
            price = new { model = "volume", tiers = new object[] { new { upTo = 1000, unitAmount = "2" }, new { unitAmount = "1", flatAmount = "500" } } },
        }),
        ("package", new { title = "Package: 5.00 USD per started 1,000 calls", currency = "usd", billingPeriod = Month, price = new { model = "package", unitAmount = "500", packageSize = 1000 } }),
        ("custom", new { title = "Custom: as agreed", currency = "usd", billingPeriod = Month, price = new { model = "custom" }, approval = "manual" }),
    ];

    /// <summary>Puts it on offer in the provider's sandbox catalog, once, and checks that the storefront shows every model.</summary>
    public static async Task Offer(Settings settings, string email)
    {
        using var client = new Client(settings.Gateway);
        client.Token = (string)(await client.Post("/v1/sessions", new { email, password = People.Password }))["accessToken"]!;
        var organization = (string)(await First(client, "/v1/organizations?kind=provider", _ => true))!["id"]!;
        var catalog = (string)(await First(client, $"/v1/catalogs?organizationId={organization}", c => (string?)c["environment"] == "sandbox"))!["id"]!;
        if (await First(client, $"/v1/products?organizationId={organization}", p => (string?)p["title"] == Product) is null)
        {
            var api = (string)(await First(client, $"/v1/apis?organizationId={organization}", _ => true))!["id"]!;
            var product = (string)(await client.Post("/v1/products", new { organizationId = organization, title = Product, apiIds = new[] { api } }))["id"]!;
            foreach (var (_, terms) in Plans)
            {
                await client.Post($"/v1/products/{product}/plans", terms);
            }

            await client.Post($"/v1/products/{product}/releases", new { type = "major" });
            await client.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" });
        }

        var offered = await First(client, $"/v1/catalogs/{catalog}/storefront", p => (string?)p["title"] == Product);
        var shown = offered?["plans"]?.AsArray().Select(plan => (string)plan!["price"]!["model"]!).Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>();
        Check.Equal(string.Join(' ', Plans.Select(p => p.Model).Order(StringComparer.Ordinal)), string.Join(' ', shown), "The price models on the storefront");
        settings.Tell($"'{Product}' is on offer with {Plans.Length} plans: {string.Join(", ", Plans.Select(p => p.Model).Distinct())}; {settings.Gateway}v1/catalogs/{catalog}/storefront shows them.");
    }

    private static object Usd(long amount) => new { amount, currency = "usd" };

    private static async Task<JsonNode?> First(Client client, string path, Func<JsonNode, bool> wanted) =>
        (await client.Get(path))["data"]!.AsArray().Select(entry => entry!).FirstOrDefault(wanted);
}
