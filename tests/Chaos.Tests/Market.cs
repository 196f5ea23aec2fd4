using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Chaos.Tests;

/// <summary>A provider of one billing model with three products on sale, and shoppers of several habits.</summary>
public sealed class Market : IDisposable
{
    private const int MostSeats = 7;
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
    public static async Task<Market> Open(RunningSystem system, string billingModel, Habit[] habits, Action<string> tell, Random random)
    {
        var market = new Market(new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = tell, Run = Guid.NewGuid().ToString("n")[..8], BillingModel = billingModel });
        await market.provider.Play();
        var month = new { unit = "month", count = 1 };
        Offer[] offers =
        [
            await market.Sell("Metered",
                ("Per call", new(Setup: 1000, Base: 0, Included: 0, PerUnit: 1), price => new
                {
                    title = "Per call", currency = "usd", billingPeriod = month, price = new { model = "unit", unitAmount = $"{price.PerUnit}", @base = new { amount = price.Base, currency = "usd" } },
                    setupFee = new { amount = price.Setup, currency = "usd" }, approval = "automatic",
                }),
                ("Base and calls", new(Setup: 0, Base: 700, Included: 0, PerUnit: 3), price => new
                {
                    title = "Base and calls", currency = "usd", billingPeriod = month, price = new { model = "unit", unitAmount = $"{price.PerUnit}", @base = new { amount = price.Base, currency = "usd" } },
                    approval = "automatic",
                })),
            await market.Sell("Seats",
                ("Per seat", new(Setup: 0, Base: 550, Included: 0, PerUnit: 0), price => new
                {
                    title = "Per seat", currency = "usd", billingPeriod = month, approval = "automatic",
                    price = new { model = "per_seat", @base = new { amount = price.Base, currency = "usd" }, minimumSeats = 1, maximumSeats = MostSeats },
                    quotas = new[] { new { unit = "transactions", limit = 1_000_000, kind = "strict", interval = "period" } },
                })) with { MostSeats = MostSeats },
            await market.Sell("Flat",
                ("Flat with overage", new(Setup: 0, Base: 2500, Included: 20, PerUnit: 2), price => Flat("Flat with overage", price, month)),
                ("Larger flat", new(Setup: 0, Base: 4100, Included: 50, PerUnit: 1), price => Flat("Larger flat", price, month))),
        ];
        var shoppers = new List<Shopper>();
        foreach (var habit in habits)
        {
            shoppers.Add(await market.Join($"{billingModel}-{shoppers.Count}", habit, isSteady: shoppers.Count == 1, offers, new Random(random.Next())));
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

    private static object Flat(string title, Price price, object month) => new
    {
        title, currency = "usd", billingPeriod = month, price = new { model = "flat", @base = new { amount = price.Base, currency = "usd" } }, approval = "automatic",
        quotas = new[] { new { unit = "transactions", limit = price.Included, kind = "loose", interval = "period", overage = $"{price.PerUnit}" } },
    };

    private async Task<Offer> Sell(string title, params (string Title, Price Price, Func<Price, object> Describe)[] plans)
    {
        var (product, ids, path) = await provider.Sell(title, [.. plans.Select(plan => plan.Describe(plan.Price))]);
        return new(product, provider.ApiId, path, [.. plans.Zip(ids, (plan, id) => new Plan(id, plan.Title, plan.Price))], MostSeats: null);
    }

    private async Task<Shopper> Join(string name, Habit habit, bool isSteady, Offer[] offers, Random random)
    {
        var client = new Client(Settings.Gateway, await People.SignUp(Settings, $"{name}-{Settings.Run}@example.com"));
        var organization = (string)(await client.Post("/v1/organizations", new { kind = "consumer", title = $"{name} {Settings.Run}", catalogId = provider.CatalogId }))["id"]!;
        var application = await client.Post("/v1/applications", new { organizationId = organization, title = name });
        return new(
            Settings, client, organization, (string)application["id"]!, provider.CatalogId, (string)application["credential"]!["key"]!, offers, habit, isSteady, random);
    }
}
