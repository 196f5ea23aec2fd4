using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The page behind receipt_url: what was paid, how, and what came back of it.</summary>
public static class Receipt
{
    public static IResult Show(Engine engine, string charge) => engine.Look(() =>
    {
        if (engine.Store.Find(charge) is not { Kind: "charge" } stored || stored.Value["receipt_url"] is null)
        {
            return Html.NotFound();
        }

        var (value, currency) = (stored.Value, stored.Value.Text("currency")!);
        var details = value["payment_method_details"]!.AsObject();
        var method = details[details.Text("type")!]!.AsObject();
        var pending = value.Text("status") == "pending";
        return Html.Page("Receipt", $"""
            <p class="soft" id="provider">{Html.E(engine.Options.AccountName)}</p>
            <h1>{(pending ? "Payment under way" : value.Is("captured") ? "Receipt" : "Amount held")}</h1>
            <p class="total" id="amount">{Currencies.Show(value.Is("captured") ? value.Long("amount_captured") : value.Long("amount"), currency)}</p>
            <p class="soft" id="date">{Html.Date(value.Long("created"))}</p>
            <p id="method">{Html.E(method.Text("brand") ?? "Bank account")} ending in {Html.E(method.Text("last4"))}</p>
            <p id="description">{Html.E(value.Text("description"))}</p>
            {(value.Long("amount_refunded") == 0 ? "" : $"""<p id="refunded">Refunded: {Currencies.Show(value.Long("amount_refunded"), currency)}</p>""")}
            """);
    });
}
