using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Invoice items that a subscription makes itself: prorations and one-time prices.</summary>
public static class PendingInvoiceItems
{
    /// <summary>A new invoice item of the subscription; on an invoice at once when one is given.</summary>
    public static Stored Add(Transaction tx, Stored subscription, Stored? item, string description, long amount, decimal quantity, Stored price, Period period, bool proration, Stored? invoice)
    {
        var id = tx.Ids.New("ii");
        var details = new JsonObject { ["subscription"] = subscription.Id };
        if (item is not null)
        {
            details["subscription_item"] = item.Id;
        }

        var value = new JsonObject
        {
            ["id"] = id, ["object"] = "invoiceitem", ["amount"] = amount, ["currency"] = subscription.Value.Text("currency"), ["customer"] = subscription.Value.Text("customer"),
            ["customer_account"] = null, ["date"] = tx.Now, ["description"] = description, ["discountable"] = !proration, ["discounts"] = new JsonArray(),
            ["invoice"] = invoice?.Id, ["livemode"] = tx.Scope.Livemode, ["metadata"] = new JsonObject(), ["net_amount"] = amount,
            ["parent"] = new JsonObject { ["subscription_details"] = details, ["type"] = "subscription_details" },
            ["period"] = new JsonObject { ["end"] = period.End, ["start"] = period.Start }, ["pricing"] = SubscriptionLines.Pricing(price, price.Value.Text("unit_amount_decimal")),
            ["proration"] = proration, ["quantity"] = (long)quantity, ["quantity_decimal"] = Decimals.Show(quantity),
            ["tax_rates"] = item?.Value["tax_rates"]?.DeepClone() ?? new JsonArray(), ["test_clock"] = subscription.Value.Text("test_clock"),
        };
        if (proration)
        {
            value["proration_details"] = new JsonObject { ["credited_items"] = null, ["discount_amounts"] = new JsonArray() };
        }

        var stored = tx.Add("invoiceitem", id, value, SubscriptionLines.Taxed(price));
        Events.Emit(tx, "invoiceitem.created", stored);
        if (invoice is not null)
        {
            InvoiceLines.Add(tx, stored, invoice);
        }

        return stored;
    }

    /// <summary>Forgets prorations that no invoice has taken.</summary>
    public static void Drop(Transaction tx, Stored subscription)
    {
        foreach (var item in SubscriptionInvoices.Pending(tx, subscription).Where(i => SubscriptionInvoices.Owner(i) == subscription.Id && i.Value.Is("proration")))
        {
            InvoiceItems.Remove(tx, item);
        }
    }
}
