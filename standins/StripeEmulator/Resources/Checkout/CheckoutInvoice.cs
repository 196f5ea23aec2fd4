using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The invoice of a session in payment mode with <c>invoice_creation</c>: made with the first attempt, and paid by the session's intent.</summary>
public static class CheckoutInvoice
{
    public static bool IsWanted(Stored session) => (session.Value["invoice_creation"] as JsonObject)?.Is("enabled") == true;

    /// <summary>The session's invoice, open; or paid when nothing is due.</summary>
    public static Stored Of(Transaction tx, Stored session, Stored payer)
    {
        if (session.Inner.Text("invoice") is { } id)
        {
            return tx.Find("invoice", id)!;
        }

        var (value, data) = (session.Value, session.Value["invoice_creation"]!["invoice_data"]!.AsObject());
        var invoice = Invoices.Create(InnerCall.Of(tx, new JsonObject
        {
            ["customer"] = payer.Id, ["currency"] = value.Text("currency"), ["discounts"] = CheckoutDiscounts.Sent(session) ?? new JsonArray(),
            ["custom_fields"] = data["custom_fields"]?.DeepClone(), ["description"] = data.Text("description"), ["footer"] = data.Text("footer"),
            ["metadata"] = data["metadata"]?.DeepClone(), ["account_tax_ids"] = data["account_tax_ids"]?.DeepClone(), ["rendering"] = data["rendering_options"]?.DeepClone(),
        }, [])).Object();
        foreach (var line in CheckoutSessions.Lines(tx, session.Id).ToList())
        {
            var price = tx.Find("price", line.Value["price"]!.AsObject().Text("id")!)!;
            var amount = new LineAmount(line.Value.Long("amount_subtotal"), line.Value.Long("quantity").ToString(CultureInfo.InvariantCulture), price.Value.Text("unit_amount_decimal"), line.Value.Text("description"), price);
            var rates = new JsonArray([.. (line.Inner["tax_rates"] as JsonArray ?? []).Select(r => (JsonNode?)r!.AsObject().Text("id"))]);
            InvoiceItems.Add(InnerCall.Of(tx, [], []), payer, invoice, value.Text("currency")!, amount, new JsonObject { ["tax_rates"] = rates }, "");
        }

        session.Inner["invoice"] = invoice.Id;
        Finalization.Finalize(tx, invoice);
        return invoice;
    }
}
