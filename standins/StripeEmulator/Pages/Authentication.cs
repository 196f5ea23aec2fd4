using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The step of 3-D Secure: the person completes it or fails it.</summary>
public static class Authentication
{
    public static IResult Show(Engine engine, string intent) => engine.Look(() =>
    {
        if (engine.Store.Find(intent) is not { Kind: "payment_intent" or "setup_intent" } stored)
        {
            return Html.NotFound();
        }

        if (stored.Value.Text("status") != "requires_action")
        {
            return Result(engine, stored);
        }

        return Html.Page("3-D Secure", $"""
            <h1>3-D Secure test page</h1>
            <p>Your bank asks you to confirm {What(stored)}.</p>
            <form method="post" action="/authenticate/{intent}">
            <button id="complete" name="result" value="complete" type="submit">Complete authentication</button>
            <button id="fail" name="result" value="fail" type="submit" class="plain">Fail authentication</button>
            </form>
            """);
    });

    public static async Task<IResult> Finish(Engine engine, HttpRequest request, string intent)
    {
        engine.Count();
        var passed = (await request.Form())["result"] == "complete";
        if (engine.Look(() => engine.Store.Find(intent)) is not { Kind: "payment_intent" or "setup_intent" } found)
        {
            return Html.NotFound();
        }

        await engine.Run(found.Scope, Origin.Automatic, tx =>
        {
            var stored = tx.Find(found.Kind, intent)!;
            if (stored.Value.Text("status") != "requires_action")
            {
                return false;
            }

            if (stored.Kind == "setup_intent")
            {
                SetupAttempts.Authenticate(tx, stored, passed);
                return true;
            }

            var outcome = Payments.Authenticate(tx, stored, passed);
            if (stored.Inner.Text("invoice") is { } id && tx.Find("invoice", id) is { } invoice)
            {
                Settlement.Settle(tx, invoice, outcome, automatic: false);
            }

            return true;
        }).Durable;
        return engine.Look(() => Result(engine, found));
    }

    private static string What(Stored stored) => stored.Kind == "setup_intent"
        ? "that your payment method is saved"
        : $"a payment of <strong>{Currencies.Show(stored.Value.Long("amount"), stored.Value.Text("currency")!)}</strong>";

    /// <summary>Where the caller wanted the person to go, told as Stripe tells it.</summary>
    private static string Return(string back, Stored intent)
    {
        var status = intent.Value.Text("status") is "succeeded" or "processing" or "requires_capture" ? "succeeded" : "failed";
        return $"{back}{(back.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{intent.Kind}={intent.Id}&{intent.Kind}_client_secret={intent.Value.Text("client_secret")}&redirect_status={status}";
    }

    private static IResult Result(Engine engine, Stored intent)
    {
        if (intent.Inner.Text("session") is { } session && engine.Store.Find(session) is { } checkout)
        {
            return SeeOther.To(CheckoutPage.Next(checkout));
        }

        if (intent.Inner.Text("invoice") is { } id && engine.Store.Find(id) is { } invoice && invoice.Inner.Text("token") is { } token)
        {
            return SeeOther.To($"/i/{invoice.Scope.Account}/{token}");
        }

        if (intent.Inner.Text("return_url") is { } back)
        {
            return SeeOther.To(Return(back, intent));
        }

        return Html.Page("3-D Secure", $"""<h1>3-D Secure</h1><p id="status" role="status">{Html.E(intent.Value.Text("status"))}</p>""");
    }
}
