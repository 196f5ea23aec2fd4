using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>Has the installation filled with a provider, whose products are on offer (one with every price model), and a consumer with paid and free access.</summary>
public static class Seed
{
    private static readonly string[] PriceModels = ["custom", "flat", "free", "graduated", "package", "per_seat", "unit", "volume"];

    /// <summary>Asks for it, once or again, and checks that the storefront shows every way to price; what is there.</summary>
    public static async Task<JsonNode> Run(Settings settings)
    {
        using var client = new Client(settings.Gateway);
        var seeded = await client.Post("/dev/seed", new { });
        var catalog = (string)seeded["provider"]!["catalogId"]!;
        var offered = (await client.Get($"/v1/catalogs/{catalog}/storefront?limit=100"))["data"]!.AsArray();
        var shown = offered.SelectMany(product => product!["plans"]!.AsArray()).Select(plan => (string)plan!["price"]!["model"]!).Distinct().Order(StringComparer.Ordinal);
        Check.Equal(string.Join(' ', PriceModels), string.Join(' ', shown), "The price models on the storefront");
        settings.Tell($"Products with every price model are on offer: {settings.Gateway}v1/catalogs/{catalog}/storefront shows them.");
        foreach (var (kind, organization) in new[] { ("provider", seeded["provider"]!), ("consumer", seeded["consumer"]!) })
        {
            settings.Tell($"sign-in {kind} {(string?)organization["users"]![0]!["email"]} {(string?)seeded["password"]}");
        }

        return seeded;
    }
}
