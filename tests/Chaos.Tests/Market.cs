using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Chaos.Tests;

/// <summary>A provider with two products on sale, and shoppers of every habit.</summary>
public sealed class Market : IDisposable
{
    private readonly StripeAccount stripe;
    private readonly Provider provider;

    private Market(Settings settings)
    {
        Settings = settings;
        stripe = new(settings.Stripe, settings.Run);
        provider = new(settings, stripe);
    }

    public Settings Settings { get; }

    public IReadOnlyList<Shopper> Shoppers { get; private set; } = [];

    /// <summary>The key of the provider's Stripe account that sees everything.</summary>
    public string StripeKey => stripe.SecretKey;

    /// <summary>Opens it while all is well.</summary>
    public static async Task<Market> Open(RunningSystem system, Action<string> tell, Random random)
    {
        var market = new Market(new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = tell, Run = Guid.NewGuid().ToString("n")[..8] });
        await market.provider.Play();
        var month = new { unit = "month", count = 1 };
        Offer[] offers =
        [
            await market.Sell("Metered", new
            {
                title = "Per call", currency = "usd", billingPeriod = month, price = new { model = "unit", unitAmount = "1", @base = new { amount = 0, currency = "usd" } },
                setupFee = new { amount = 1000, currency = "usd" }, approval = "automatic",
            }),
            await market.Sell("Flat", new
            {
                title = "Flat with overage", currency = "usd", billingPeriod = month, price = new { model = "flat", @base = new { amount = 2500, currency = "usd" } }, approval = "automatic",
                quotas = new[] { new { unit = "transactions", limit = 20, kind = "loose", interval = "period", overage = "2" } },
            }),
        ];
        var shoppers = new List<Shopper>();
        foreach (var habit in new[] { Habit.PaysAlways, Habit.PaysAlways, Habit.PaysOnce, Habit.PaysNever })
        {
            shoppers.Add(await market.Join($"shopper{shoppers.Count}", habit, offers, new Random(random.Next())));
        }

        market.Shoppers = shoppers;
        return market;
    }

    public void Dispose()
    {
        foreach (var shopper in Shoppers)
        {
            shopper.Dispose();
        }

        provider.Dispose();
        stripe.Dispose();
    }

    private async Task<Offer> Sell(string title, object plan)
    {
        var (product, plans, path) = await provider.Sell(title, [plan]);
        return new(product, plans[0], provider.ApiId, path);
    }

    private async Task<Shopper> Join(string name, Habit habit, Offer[] offers, Random random)
    {
        var client = new Client(Settings.Gateway, await People.SignUp(Settings, $"{name}-{Settings.Run}@example.com"));
        var organization = (string)(await client.Post("/v1/organizations", new { kind = "consumer", title = $"{name} {Settings.Run}", catalogId = provider.CatalogId }))["id"]!;
        var application = await client.Post("/v1/applications", new { organizationId = organization, title = name });
        return new(
            Settings, client, organization, (string)application["id"]!, provider.CatalogId, (string)application["credential"]!["key"]!, offers, habit, random);
    }
}
