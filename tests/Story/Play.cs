using System.Net;
using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>The main story: connect Stripe, sell a plan, get paid, open the API, charge the usage.</summary>
public sealed class Play(Settings settings)
{
    /// <summary>Plays it from the first sign-up to the last invoice; throws where a step is not as it must be.</summary>
    /// <returns>Where every consumer stands in the end and what was charged, line by line: the same in both billing models.</returns>
    public async Task<IReadOnlyList<string>> Run()
    {
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var enterprise = new Consumer(settings, provider, "enterprise");
        using var startup = new Consumer(settings, provider, "startup");
        using var hobby = new Consumer(settings, provider, "hobby");
        using var tester = new Consumer(settings, provider, "tester");

        await provider.Play();
        await Seed.Run(settings);
        await settings.Between("published");
        using var calls = await BuyEnterprise(enterprise, provider);
        await settings.Between("paid");
        await UseUp(enterprise, calls);
        using var metered = await PayPerUse(startup, provider);
        await FreePlan(hobby, provider);
        await settings.Between("used");
        await ClosePeriod(stripe, enterprise, startup, calls);
        await settings.Between("closed");
        await FallBehind(stripe, enterprise, calls);
        await TryOut(tester, provider);
        await CancelPayPerUse(startup, metered);
        await settings.Between("cancelled");
        await RepeatWebhooks(stripe, enterprise, startup, tester);
        settings.Tell("The story is told: every step was as it must be.");
        return [.. await enterprise.Books(), .. await startup.Books(), .. await hobby.Books(), .. await tester.Books()];
    }

    private async Task<Caller> BuyEnterprise(Consumer enterprise, Provider provider)
    {
        await enterprise.SignUp();
        await enterprise.Subscribe(provider.EnterprisePlanId);
        var checkout = settings.StripeRenews ? await enterprise.Checkout() : null;
        var invoice = settings.StripeRenews ? null : await enterprise.OpenInvoice(1, 2500);
        if (invoice is not null)
        {
            // The subscription hears of the invoice a moment after the invoice shows it.
            var (shown, _) = await Check.Until(enterprise.Subscription, s => (string?)s["latestInvoice"]?["hostedInvoiceUrl"] == (string?)invoice["hostedInvoiceUrl"], "The subscription shows where its invoice is paid");
            Check.Equal((string?)invoice["id"], (string?)shown["latestInvoice"]!["id"], "The subscription's latest invoice");
        }

        using (var unpaid = new Caller(settings.Gateway, provider.RuntimePath, enterprise.ApplicationKey))
        {
            await unpaid.Refused(HttpStatusCode.Forbidden, "payment_required");
            settings.Tell("A call before payment: refused, 403 payment_required.");
        }

        var (request, status, _) = await enterprise.RequestAccess();
        Check.Equal("pending", status, "An access request before payment");
        await settings.Between("invoiced");
        await (invoice is not null ? enterprise.Pay(invoice) : Consumer.PayAtCheckout(checkout!));
        await enterprise.Until("active");
        if (settings.StripeRenews)
        {
            await enterprise.PaidInvoice(1, 2500);
        }

        var calls = new Caller(settings.Gateway, provider.RuntimePath, await enterprise.GrantedKey(request));
        var took = await calls.Passes();
        settings.Tell($"The first call passes, {took.TotalMilliseconds:0} ms after the key was shown.");
        return calls;
    }

    private async Task UseUp(Consumer enterprise, Caller calls)
    {
        await calls.Calls(499, HttpStatusCode.OK);
        await enterprise.Metered(500);
        await settings.Between("half");
        await calls.Calls(500, HttpStatusCode.OK);
        await calls.Refused(HttpStatusCode.TooManyRequests, "quota_exceeded");
        settings.Tell("1,000 calls passed; the next one: refused, 429 quota_exceeded.");
        await enterprise.Metered(1000);
    }

    private async Task<Caller> PayPerUse(Consumer startup, Provider provider)
    {
        await startup.SignUp();
        await startup.Subscribe(provider.PayPerUsePlanId);
        await startup.PayFirst(1000);
        await startup.Until("active");
        var calls = new Caller(settings.Gateway, provider.RuntimePath, await startup.TakeAccess());
        await calls.Passes();
        await calls.Calls(320, HttpStatusCode.OK);
        await calls.Calls(9, HttpStatusCode.InternalServerError, "/status/500");
        settings.Tell("321 calls passed and 9 failed at the provider.");
        await startup.Metered(321);
        return calls;
    }

    private async Task FreePlan(Consumer hobby, Provider provider)
    {
        await hobby.SignUp();
        await hobby.Subscribe(provider.FreePlanId);
        await hobby.Until("active");
        using var calls = new Caller(settings.Gateway, provider.RuntimePath, await hobby.TakeAccess());
        await calls.Passes();
        await calls.Calls(99, HttpStatusCode.OK);
        await calls.Refused(HttpStatusCode.TooManyRequests, "quota_exceeded");
        Check.Equal(0, (await hobby.Invoices()).Count, "The invoices of a free plan");
        settings.Tell("The free plan let 100 calls through and no more, without an invoice.");
    }

    private async Task ClosePeriod(StripeAccount stripe, Consumer enterprise, Consumer startup, Caller calls)
    {
        Check.Equal((321L, 2500L), (await startup.Upcoming(), await enterprise.Upcoming()), "What is announced for the end of the period");
        // The cards that are stored at a checkout decline, so that in both models both invoices wait for their payers.
        await DeclineCards(stripe, true);
        // They end at one midnight, unless one has passed between the two subscriptions; where Stripe renews, a little one after the other.
        await EndPeriod(enterprise, startup);
        var used = await startup.OpenInvoice(2, 321);
        await enterprise.OpenInvoice(2, 2500);
        await DeclineCards(stripe, false);
        await startup.Pay(used);
        await calls.Passes();
        settings.Tell("The new period has begun and the quota is fresh.");
    }

    private Task DeclineCards(StripeAccount stripe, bool decline) => settings.StripeRenews ? stripe.DeclineCards(decline ? 50 : 0) : Task.CompletedTask;

    private async Task EndPeriod(params Consumer[] consumers)
    {
        var ends = new List<DateTimeOffset>();
        foreach (var consumer in consumers)
        {
            ends.Add(DateTimeOffset.Parse((string)(await consumer.Subscription())["currentPeriod"]!["end"]!));
        }

        await MoveClock(new { to = ends.Max().AddHours(2) });
    }

    private async Task FallBehind(StripeAccount stripe, Consumer enterprise, Caller calls)
    {
        // Stripe tries a stored card again by itself.
        await DeclineCards(stripe, true);
        var unpaid = (await enterprise.Invoices())[1];
        await MoveClock(new { advance = "P5D" });
        await enterprise.Until("suspended");
        await calls.Refused(HttpStatusCode.Forbidden, "payment_required");
        settings.Tell("Unpaid past its grace period: refused, 403 payment_required.");
        await settings.Between("suspended");
        await DeclineCards(stripe, false);
        await settings.Pay(new Uri((string)unpaid["hostedInvoiceUrl"]!));
        var took = await calls.Passes();
        Check.That(took < settings.OpensWithin, $"Access must open within {settings.OpensWithin.TotalSeconds:0} s of payment, but took {took.TotalMilliseconds:0} ms.");
        settings.Tell($"Paid: access opened again after {took.TotalMilliseconds:0} ms.");
    }

    // A trial, then a first and a second invoice: paid by hand, or, where Stripe renews, by the card that was stored before.
    private async Task TryOut(Consumer tester, Provider provider)
    {
        var (plan, path) = await provider.Sell("Daily Product", new
        {
            title = "Daily", currency = "usd", billingPeriod = new { unit = "day", count = 1 }, trialDays = 2, setupFee = new { amount = 500, currency = "usd" }, approval = "automatic",
            price = new { model = "unit", @base = new { amount = 1200, currency = "usd" }, unitAmount = "1.5" },
        });
        await tester.SignUp();
        if (settings.StripeRenews)
        {
            await tester.StoreCard();
        }

        await tester.Subscribe(plan);
        await tester.Until("trialing");
        using var calls = new Caller(settings.Gateway, path, await tester.TakeAccess());
        await calls.Passes();
        await calls.Calls(4, HttpStatusCode.OK);
        await tester.Metered(5);
        Check.Equal(1700, await tester.Upcoming(), "What is announced for the end of the trial");
        await EndPeriod(tester);
        await tester.HavePaid(1, 1700);
        await tester.Until("active");
        await calls.Passes();
        await calls.Calls(6, HttpStatusCode.OK);
        await tester.Metered(7);
        // 7 × 1.5 is 10.5, half up.
        Check.Equal(1211, await tester.Upcoming(), "What is announced for the end of the first paid period");
        await EndPeriod(tester);
        await tester.HavePaid(2, 1211);
        await tester.Cancel();
        await tester.Until("cancelled");
        settings.Tell("A trial that cost nothing became a paid subscription, and was charged to the cent.");
    }

    private async Task CancelPayPerUse(Consumer startup, Caller calls)
    {
        await calls.Passes();
        await calls.Calls(122, HttpStatusCode.OK);
        await startup.Cancel();
        await startup.Until("cancelled");
        // Asked with calls that fail at the provider and are never charged, so that waiting for the gateway to hear of it adds no usage.
        await Check.Until(() => calls.Call("/status/500"), a => a.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, "A refusal after cancellation");
        var final = await startup.HavePaid(3, 123);
        Check.Equal("final", (string?)final["kind"], "The last invoice's kind");
        settings.Tell("Cancelled: the key is refused, and the final invoice charges the remaining 123 calls.");
    }

    private async Task RepeatWebhooks(StripeAccount stripe, params Consumer[] consumers)
    {
        var before = await State(consumers);
        var events = await stripe.Events();
        foreach (var id in events.Reverse().Chunk(2).SelectMany(pair => pair.Reverse()))
        {
            Check.That((await stripe.Deliver(id, times: 5)).All(status => status == 200), $"Every copy of {id} must be answered 200.");
        }

        var forged = await stripe.Deliver(events[0], times: 1, forged: true);
        Check.That(forged.All(status => status == 400), $"A forged webhook must be answered 400, but was {string.Join(", ", forged)}.");
        await MoveClock(new { advance = "PT1S" });
        Check.Equal(before, await State(consumers), "What is known after every webhook came five times more, out of order, and one forged");
        settings.Tell($"{events.Count} webhooks delivered five times more, out of order, and one forged: nothing changed.");
    }

    private static async Task<string> State(params Consumer[] consumers)
    {
        var lines = new List<string>();
        foreach (var consumer in consumers)
        {
            lines.Add($"{(string?)(await consumer.Subscription())["status"]}");
            lines.AddRange((await consumer.Invoices()).Select(i => $"{(string?)i["id"]} {(string?)i["status"]} {(long?)i["total"]!["amount"]}"));
        }

        return string.Join('\n', lines);
    }

    private Task MoveClock(object to) => MoveClock(settings, to);

    /// <summary>Moves the installation's clock.</summary>
    internal static async Task MoveClock(Settings settings, object to)
    {
        using var client = new Client(settings.Gateway);
        var now = (string?)(await client.Post("/dev/clock", to))["now"];
        settings.Tell($"The clock shows {now}.");
    }
}
