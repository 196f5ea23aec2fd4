using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary><c>add_invoice_items</c>: one-time prices on the first or the next invoice.</summary>
public static class AddInvoiceItems
{
    private const int Most = 20;

    public static void Put(Call call, Stored subscription, Stored? invoice)
    {
        var sent = call.Params["add_invoice_items"] as JsonArray ?? [];
        if (sent.Count > Most)
        {
            throw StripeException.Invalid($"add_invoice_items can have at most {Most} items.", "add_invoice_items");
        }

        for (var at = sent.Count - 1; at >= 0; at--)
        {
            Add(call, subscription, invoice, sent[at]!.AsObject(), $"add_invoice_items[{at}]");
        }
    }

    private static void Add(Call call, Stored subscription, Stored? invoice, JsonObject sent, string prefix)
    {
        if (sent["period"] is not null)
        {
            throw StripeException.NotEmulated($"{prefix}[period]");
        }

        var tx = call.Tx;
        var price = ItemParameters.Price(call, sent, prefix, recurring: false) ?? throw StripeException.Missing($"{prefix}[price]");
        var quantity = sent["quantity"] is null ? 1 : sent.Long("quantity");
        var item = PendingInvoiceItems.Add(tx, subscription, null, SubscriptionLines.Product(tx, price), PriceAmounts.Total(price, quantity, subscription.Value.Text("currency")), quantity, price, new Period(tx.Now, tx.Now), proration: false, invoice);
        var value = tx.Edit(item);
        if (sent["metadata"] is JsonObject metadata)
        {
            Metadata.Merge(metadata, value);
        }

        if (ItemParameters.Rates(call, sent, "tax_rates", prefix) is { } rates)
        {
            value["tax_rates"] = rates;
        }

        if (sent.ContainsKey("discounts"))
        {
            value["discounts"] = Discounts.Redeem(call, sent["discounts"], $"{prefix}[discounts]", tx.Find("customer", subscription.Value.Text("customer")!)!, "invoice_item", item.Id);
        }

        if (invoice is not null)
        {
            InvoiceLines.Mirror(tx, item);
        }
    }
}
