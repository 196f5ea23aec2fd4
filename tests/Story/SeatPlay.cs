using System.Net;

namespace Marketplace.Story;

/// <summary>A story of seats: a plan is taken with three, and has five from the next period on.</summary>
public sealed class SeatPlay(Settings settings)
{
    private const long Price = 1200;

    /// <summary>Plays it from the offer to the paid invoice of the second period; throws where a step is not as it must be.</summary>
    public async Task Run()
    {
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var team = new Consumer(settings, provider, "team");
        await provider.Play();
        var (plan, path) = await provider.Sell("Workspace", new
        {
            title = "Team", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, approval = "automatic",
            price = new { model = "per_seat", @base = new { amount = Price, currency = "usd" }, minimumSeats = 2, maximumSeats = 50 },
            quotas = new[] { new { unit = "transactions", limit = 100, kind = "strict", interval = "period" } },
        });

        await team.SignUp();
        await team.Subscribe(plan, seats: 3);
        await team.PayFirst(3 * Price);
        await team.Until("active");
        using var calls = new Caller(settings.Gateway, path, await team.TakeAccess());
        await calls.Passes();
        Check.Equal(3 * Price, await team.Upcoming(), "The upcoming invoice");

        var end = DateTimeOffset.Parse((string)(await team.Subscription())["currentPeriod"]!["end"]!);
        await team.ChangeSeats(plan, 5);
        await Play.MoveClock(settings, new { to = end.AddHours(2) });
        await team.Follow();
        Check.Equal(5, (int?)(await team.Subscription())["seats"], "The seats from the next period on");
        await calls.Calls(2, HttpStatusCode.OK);
        var invoice = await team.HavePaid(1, 5 * Price);
        Check.Equal($"base 5 {5 * Price}", string.Join(", ", await team.Lines(invoice)), "The invoice's lines");
        end = DateTimeOffset.Parse((string)(await team.Subscription())["currentPeriod"]!["end"]!);
        await Play.MoveClock(settings, new { to = end.AddHours(2) });
        invoice = await team.HavePaid(2, 5 * Price);
        Check.Equal($"base 5 {5 * Price}", string.Join(", ", await team.Lines(invoice)), "The next invoice's lines");
        settings.Tell("The seats are told: every step was as it must be.");
    }
}
