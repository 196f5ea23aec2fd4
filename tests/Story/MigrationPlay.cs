using System.Net;

namespace Marketplace.Story;

/// <summary>A story of plans that change under their subscribers: a migration taken back, one carried out on its date, and a consumer's own change. The keys work throughout.</summary>
public sealed class MigrationPlay(Settings settings)
{
    private const long Basic = 2500;
    private const long Pro = 10_000;
    private const long Most = 20_000;

    /// <summary>Plays it from two subscriptions to the first invoices of the period after the changes; throws where a step is not as it must be.</summary>
    public async Task Run()
    {
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var ada = new Consumer(settings, provider, "ada");
        using var bob = new Consumer(settings, provider, "bob");
        await provider.Play();
        var (product, plans, path) = await provider.Sell("Forecasts", [Plan("Basic", Basic, 400), Plan("Pro", Pro, 600), Plan("Most", Most, 5000)]);
        using var adaCalls = await Buy(ada, plans[0], path);
        using var bobCalls = await Buy(bob, plans[0], path);
        await bobCalls.Calls(349, HttpStatusCode.OK);
        await bob.Metered(350);

        var withdrawn = await provider.MigrateOn(await Now() + TimeSpan.FromDays(2), product, plans[0], plans[1]);
        await Works(adaCalls, bobCalls);
        await provider.TakeBack(withdrawn);
        await Play.MoveClock(settings, new { advance = "P3D" });
        await Works(adaCalls, bobCalls);
        Check.Equal("active active", $"{(string?)(await ada.Subscription())["status"]} {(string?)(await bob.Subscription())["status"]}", "The subscriptions after a migration that was taken back");

        var (adaPaid, bobPaid) = (await Period(ada), await Period(bob));
        await Migrate(provider, product, plans, adaCalls);
        await ada.Follow();
        await bob.Follow();
        await Works(adaCalls, bobCalls);
        await Changed(ada, adaPaid, Basic, Pro);
        await Changed(bob, bobPaid, Basic, Pro);
        settings.Tell("Both were migrated on the date, with the keys that they had, and charged for the rest of the period.");

        // 352 of the new plan's 600 units were used under the old one, and one since.
        await bobCalls.Calls(200, HttpStatusCode.OK);
        for (var left = 600 - 353 - 200; left > 0; left--)
        {
            await bobCalls.Passes();
        }

        await bobCalls.Refused(HttpStatusCode.TooManyRequests, "quota_exceeded");
        await bob.Counted(600);
        settings.Tell("The quota went on where it was: 600 calls in all, and no more.");

        await ChangeOver(ada, adaCalls, plans[2], adaPaid);
        await Play.MoveClock(settings, new { to = (adaPaid.End > bobPaid.End ? adaPaid.End : bobPaid.End).AddHours(2) });
        await Works(adaCalls, bobCalls);
        await ada.HavePaid(2, Most);
        await bob.HavePaid(2, Pro);
        await Works(adaCalls, bobCalls);
        settings.Tell("The migrations are told: every step was as it must be.");
    }

    private async Task<Caller> Buy(Consumer consumer, string plan, string path)
    {
        await consumer.SignUp();
        await consumer.Subscribe(plan);
        await consumer.PayFirst(Basic);
        await consumer.Until("active");
        var calls = new Caller(settings.Gateway, path, await consumer.TakeAccess());
        await calls.Passes();
        return calls;
    }

    // Somebody calls while the date comes, and every call passes. The clock waits for quiet before it moves, so that it stops short of the date and goes on by itself.
    private async Task Migrate(Provider provider, string product, IReadOnlyList<string> plans, Caller calls)
    {
        var at = await Now() + TimeSpan.FromDays(1);
        var migration = await provider.MigrateOn(at, product, plans[0], plans[1]);
        await Play.MoveClock(settings, new { to = at.AddSeconds(-3) });
        using var done = new CancellationTokenSource();
        var calling = CallUntil(calls, done.Token);
        await Check.Until(() => provider.Migration(migration), m => (string?)m["state"] == "executed" && (long)m["progress"]!["done"]! == 2, "Both subscriptions migrated");
        await done.CancelAsync();
        settings.Tell($"The migration is executed; {await calling} calls passed meanwhile.");
    }

    private static async Task<int> CallUntil(Caller calls, CancellationToken done)
    {
        var passed = 0;
        while (!done.IsCancellationRequested)
        {
            await calls.Calls(1, HttpStatusCode.OK);
            passed++;
            await Task.Delay(200, CancellationToken.None);
        }

        return passed;
    }

    private async Task ChangeOver(Consumer consumer, Caller calls, string plan, (DateTimeOffset Start, DateTimeOffset End) paid)
    {
        await Play.MoveClock(settings, new { advance = "P5D" });
        await calls.Calls(1, HttpStatusCode.OK);
        var preview = await consumer.PreviewChange(plan);
        await consumer.ChangePlan(plan);
        await calls.Calls(1, HttpStatusCode.OK);
        var invoice = await Changed(consumer, paid, Pro, Most);

        // Seconds pass between a preview and the change; each of its two lines may be a cent less by then.
        Check.That(Math.Abs(preview - (long)invoice["total"]!["amount"]!) <= 2, $"The preview said {preview}, the invoice says {(long)invoice["total"]!["amount"]!}.");
        settings.Tell($"The consumer changed its plan, previewed at {preview}, and its key works.");
    }

    // What is given back of one base price and charged of the other, by the seconds that are left of the period that was paid for.
    private static async Task<System.Text.Json.Nodes.JsonNode> Changed(Consumer consumer, (DateTimeOffset Start, DateTimeOffset End) paid, long before, long after)
    {
        var (at, _) = await Period(consumer);
        var (whole, left) = (paid.End.ToUnixTimeSeconds() - paid.Start.ToUnixTimeSeconds(), paid.End.ToUnixTimeSeconds() - at.ToUnixTimeSeconds());
        var (back, rest) = (Part(before), Part(after));
        var invoice = await consumer.HavePaid(1, rest - back);
        Check.Equal("change", (string?)invoice["kind"], "The kind of a plan change's invoice");
        Check.Equal($"proration 1 {-back}, proration 1 {rest}", string.Join(", ", await consumer.Lines(invoice)), "The lines of a plan change");
        return invoice;

        long Part(long amount) => (long)Math.Round((decimal)amount * left / whole, MidpointRounding.AwayFromZero);
    }

    private static async Task Works(params Caller[] all)
    {
        foreach (var calls in all)
        {
            await calls.Calls(1, HttpStatusCode.OK);
        }
    }

    private static async Task<(DateTimeOffset Start, DateTimeOffset End)> Period(Consumer consumer)
    {
        var period = (await consumer.Subscription())["currentPeriod"]!;
        return (DateTimeOffset.Parse((string)period["start"]!), DateTimeOffset.Parse((string)period["end"]!));
    }

    private async Task<DateTimeOffset> Now()
    {
        using var client = new Client(settings.Gateway);
        return DateTimeOffset.Parse((string)(await client.Get("/dev/clock"))["now"]!);
    }

    private static object Plan(string title, long amount, int calls) => new
    {
        title, currency = "usd", billingPeriod = new { unit = "month", count = 1 }, approval = "automatic", price = new { model = "flat", @base = new { amount, currency = "usd" } },
        quotas = new[] { new { unit = "transactions", limit = calls, kind = "strict", interval = "period" } },
    };
}
