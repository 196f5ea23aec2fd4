using System.Net;

namespace Marketplace.Story;

/// <summary>A story without Stripe: the provider's own billing system charges.</summary>
public sealed class CustomPlay(Settings settings)
{
    private readonly Settings settings = settings with { BillingModel = "custom" };

    /// <summary>Plays it from the first invoice to suspension, payment and cancellation; throws where a step is not as it must be.</summary>
    public async Task Run()
    {
        using var stripe = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, stripe);
        using var system = new BillingSystem(settings, provider);
        using var shop = new Consumer(settings, provider, "shop");
        using var kiosk = new Consumer(settings, provider, "kiosk");
        using var stray = new Consumer(settings, provider, "stray");
        await provider.Play();
        await system.SignIn();
        var (strict, path) = await provider.Sell("Forecasts", new
        {
            title = "Pay or leave", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, approval = "automatic", cancelWhenPastDue = true,
            price = new { model = "unit", @base = new { amount = 1000, currency = "usd" }, unitAmount = "50" },
        });

        using var shopCalls = await Begin(system, shop, provider.EnterprisePlanId, 2500, provider.RuntimePath);
        using var kioskCalls = await Begin(system, kiosk, strict, 1000, path);
        await kioskCalls.Calls(3, HttpStatusCode.OK);
        await kiosk.Metered(4);
        await NeverPaid(system, stray, provider.EnterprisePlanId);
        await EndPeriod(provider, system, shop, kiosk);
        await FallBehind(system, shop, kiosk, shopCalls, kioskCalls);
        settings.Tell("The story without Stripe is told: every step was as it must be.");
    }

    private async Task<Caller> Begin(BillingSystem system, Consumer consumer, string plan, long amount, string path)
    {
        await consumer.SignUp();
        await consumer.Subscribe(plan);
        var (request, waiting, _) = await consumer.RequestAccess();
        Check.Equal("pending", waiting, "An access request before the first payment");
        var invoice = await system.Billed(consumer, 1, amount);
        Check.Equal($"https://billing.example.com/{(string?)invoice["id"]}", (string?)invoice["hostedInvoiceUrl"], "Where the invoice is paid");
        Check.Equal("awaiting_payment", (string?)(await consumer.Subscription())["status"], "A subscription whose first invoice is open");
        await system.Paid(invoice);
        await consumer.Until("active");
        var calls = new Caller(settings.Gateway, path, await consumer.GrantedKey(request));
        await calls.Passes();
        return calls;
    }

    private async Task NeverPaid(BillingSystem system, Consumer stray, string plan)
    {
        await stray.SignUp();
        await stray.Subscribe(plan);
        var invoice = await system.Billed(stray, 1, 2500);
        await stray.Cancel();
        await stray.Until("cancelled");
        await system.Heard(invoice, "void", "success");
        settings.Tell("Cancelled before the first payment: the invoice is void, and the billing system knows.");
    }

    private async Task EndPeriod(Provider provider, BillingSystem system, Consumer shop, Consumer kiosk)
    {
        system.IsBroken = true;
        var end = DateTimeOffset.Parse((string)(await kiosk.Subscription())["currentPeriod"]!["end"]!);
        await Play.MoveClock(settings, new { to = end.AddHours(2) });
        await system.Until(shop, 2, "draft", "error");
        await system.Until(kiosk, 2, "draft", "error");
        system.IsBroken = false;
        foreach (var consumer in (Consumer[])[shop, kiosk])
        {
            await provider.RetryInvoice((string)(await consumer.Invoices())[1]["id"]!);
        }

        // The base price, and four calls at 0.50.
        await system.Billed(shop, 2, 2500);
        await system.Billed(kiosk, 2, 1200);
        settings.Tell("The billing system was broken at the period's end; retried, both invoices were billed.");
    }

    private async Task FallBehind(BillingSystem system, Consumer shop, Consumer kiosk, Caller shopCalls, Caller kioskCalls)
    {
        await shopCalls.Passes();
        var unpaid = (await shop.Invoices())[1];
        await Play.MoveClock(settings, new { advance = "P5D" });
        await system.Heard(unpaid, "past_due", "pending");
        await shop.Until("suspended");
        await shopCalls.Refused(HttpStatusCode.Forbidden, "payment_required");
        await kiosk.Until("cancelled");
        await Check.Until(() => kioskCalls.Call("/status/500"), a => a.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, "A refusal after cancellation");
        await system.Paid(unpaid);
        await shopCalls.Passes();
        await shop.Until("active");
        settings.Tell("Past due: one was suspended until it paid, the other's plan ended it.");
    }
}
