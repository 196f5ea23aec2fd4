using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The same seed and the same calls make the same objects, whoever looks on and however often.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public async Task A_seed_and_a_clock_make_every_run_the_same()
    {
        var once = await Run(7, looks: 0);
        Assert.Equal(once, await Run(7, looks: 5));
        Assert.NotEqual(once, await Run(8, looks: 0));
    }

    private static async Task<string> Run(int seed, int looks)
    {
        using var app = new EmulatorApp { Seed = seed };
        var caller = new SubscriptionCaller(new Caller(app.Http, "sk_test_51Determined000000abcdefgh"));
        var customer = await caller.Customer();
        foreach (var amount in (long[])[1000, 2000, 3000])
        {
            await caller.Subscribe(customer, await caller.Price(amount), amount == 3000 ? "trial_period_days=9" : "");
        }

        for (var look = 0; look < looks; look++)
        {
            await caller.Told();
        }

        await caller.Pay(customer, "pm_card_chargeCustomerFail");
        await caller.To(Start + (60 * Day));
        var told = (await caller.Events()).Select(e => $"{e["id"]} {e["type"]} {e["data"]!["object"]!["id"]} {e["data"]!["object"]!["status"]}");
        return string.Join('\n', told);
    }
}
