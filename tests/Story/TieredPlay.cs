using System.Net;

namespace Marketplace.Story;

/// <summary>A story of tiers: a plan in yen, graduated by calls, with a quota on a unit of the provider's own above which more is charged.</summary>
public sealed class TieredPlay(Settings settings)
{
    /// <summary>Plays it from the offer to the paid invoice of the first period; throws where a step is not as it must be.</summary>
    public async Task Run()
    {
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var buyer = new Consumer(settings, provider, "kyoto");
        await provider.Play();
        var (plan, path) = await provider.Sell(
            "Translations",
            new
            {
                title = "Graduated", currency = "jpy", billingPeriod = new { unit = "month", count = 1 }, approval = "automatic",
                price = new
                {
                    model = "graduated", @base = new { amount = 500, currency = "jpy" },
                    tiers = new object[] { new { upTo = 3, unitAmount = "200" }, new { upTo = 5, unitAmount = "100.5", flatAmount = "1000" }, new { unitAmount = "50", flatAmount = "2000" } },
                },
                quotas = new[] { new { unit = "x-tokens", limit = 100, kind = "loose", interval = "period", overage = "3" } },
            },
            "x-tokens");

        await buyer.SignUp();
        await buyer.Subscribe(plan);
        await buyer.PayFirst(500, "jpy");
        await buyer.Until("active");
        using var calls = new Caller(settings.Gateway, path, await buyer.TakeAccess());
        await calls.Passes();
        await calls.Calls(5, HttpStatusCode.OK);
        await calls.Calls(3, HttpStatusCode.OK, "/orders?usage=x-tokens%3D40");
        await buyer.Metered(9);

        // 3 × 200, 2 × 100.5 and 1,000, 4 × 50 and 2,000; 20 of 120 tokens at 3; and the next period's 500.
        const long total = 600 + 201 + 1000 + 200 + 2000 + 60 + 500;
        Check.Equal(total, await buyer.Upcoming(), "The upcoming invoice");
        var end = DateTimeOffset.Parse((string)(await buyer.Subscription())["currentPeriod"]!["end"]!);
        await Play.MoveClock(settings, new { to = end.AddHours(2) });
        var invoice = await buyer.HavePaid(2, total, "jpy");
        Check.Equal(
            "usage 3 600, usage 2 201, tier_fee 1 1000, usage 4 200, tier_fee 1 2000, overage 20 60, base 1 500", string.Join(", ", await buyer.Lines(invoice)), "The invoice's lines");
        settings.Tell("The tiers are told: every step was as it must be.");
    }
}
