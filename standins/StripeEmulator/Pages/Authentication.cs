using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The step of 3-D Secure: the person completes it or fails it.</summary>
public static class Authentication
{
    public static IResult Show(Engine engine, string intent) => engine.Look(() =>
    {
        if (engine.Store.Find(intent) is not { Kind: "payment_intent" } stored)
        {
            return Html.NotFound();
        }

        if (stored.Value.Text("status") != "requires_action")
        {
            return Result(engine, stored);
        }

        return Html.Page("3-D Secure", $"""
            <h1>3-D Secure test page</h1>
            <p>Your bank asks you to confirm a payment of <strong>{Currencies.Show(stored.Value.Long("amount"), stored.Value.Text("currency")!)}</strong>.</p>
            <form method="post" action="/authenticate/{intent}">
            <button id="complete" name="result" value="complete" type="submit">Complete authentication</button>
            <button id="fail" name="result" value="fail" type="submit" class="plain">Fail authentication</button>
            </form>
            """);
    });

    public static async Task<IResult> Finish(Engine engine, HttpRequest request, string intent)
    {
        engine.Count();
        var passed = (await request.ReadFormAsync())["result"] == "complete";
        if (engine.Look(() => engine.Store.Find(intent)) is not { Kind: "payment_intent" } found)
        {
            return Html.NotFound();
        }

        await engine.Run(found.Scope, Origin.Automatic, tx =>
        {
            var stored = tx.Find("payment_intent", intent)!;
            if (stored.Value.Text("status") != "requires_action")
            {
                return false;
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

    private static IResult Result(Engine engine, Stored intent)
    {
        if (intent.Inner.Text("invoice") is { } id && engine.Store.Find(id) is { } invoice && invoice.Inner.Text("token") is { } token)
        {
            return SeeOther.To($"/i/{invoice.Scope.Account}/{token}");
        }

        return Html.Page("3-D Secure", $"""<h1>3-D Secure</h1><p id="status" role="status">{Html.E(intent.Value.Text("status"))}</p>""");
    }
}
