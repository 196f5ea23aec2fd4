using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Metering;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Lines that a subscription's items put on an invoice: quantities ahead, usage behind.</summary>
public static class SubscriptionLines
{
    /// <summary>The item's quantity for the period, one line per tier.</summary>
    public static void Licensed(Transaction tx, Stored invoice, Stored item, Period period, bool trial = false)
    {
        var (price, quantity) = (SubscriptionView.Price(tx, item), SubscriptionView.Quantity(item));
        if (trial)
        {
            Add(tx, invoice, item, period, price, new PricedLine(quantity, "0", 0, null), $"Trial period for {Product(tx, price)}");
            return;
        }

        Priced(tx, invoice, item, period, price, quantity);
    }

    /// <summary>A period that is shorter than a whole one: up to an anchor, or to the end of the subscription.</summary>
    public static void Shorter(Transaction tx, Stored subscription, Stored invoice, Stored item, Period whole, Period period)
    {
        var (price, quantity) = (SubscriptionView.Price(tx, item), SubscriptionView.Quantity(item));
        Proration.Line(tx, subscription, item, price, quantity, whole, period, invoice, $"{Decimals.Show(quantity)} × {Product(tx, price)}");
    }

    /// <summary>What the customer used in the period that has gone by.</summary>
    public static void Metered(Transaction tx, Stored invoice, Stored item, Period elapsed, bool evenNothing)
    {
        // Where the period is cut short, what was used in this very second still belongs to it.
        var (price, cut) = (SubscriptionView.Price(tx, item), elapsed.End == tx.Now && elapsed.End < item.Value.Long("current_period_end"));
        var used = Used(tx, item, price, cut ? elapsed with { End = elapsed.End + 1 } : elapsed);
        if (used != 0 || evenNothing)
        {
            Priced(tx, invoice, item, elapsed, price, used);
        }
    }

    public static long Used(Transaction tx, Stored item, Stored price, Period elapsed)
    {
        var subscription = tx.Find(SubscriptionView.Kind, item.Value.Text("subscription")!)!;
        return tx.Find(Meters.Kind, price.Value["recurring"]!.AsObject().Text("meter") ?? "") is { } meter
            ? Usage.Total(tx, meter, subscription.Value.Text("customer")!, elapsed.Start, elapsed.End)
            : 0;
    }

    /// <summary>The product's name, as lines show it.</summary>
    public static string Product(Transaction tx, Stored price) => tx.Find("product", price.Value.Text("product")!)?.Value.Text("name") ?? price.Value.Text("nickname") ?? price.Id;

    /// <summary>What lines and invoice items show of the price behind them.</summary>
    public static JsonObject Pricing(Stored price, string? unit) => new()
    {
        ["price_details"] = new JsonObject { ["price"] = price.Id, ["product"] = price.Value.Text("product") },
        ["type"] = "price_details",
        ["unit_amount_decimal"] = unit,
    };

    private static void Priced(Transaction tx, Stored invoice, Stored item, Period period, Stored price, decimal quantity)
    {
        // Lines show newest first, so the last tier goes in first.
        foreach (var line in PriceAmounts.Lines(price, quantity, invoice.Value.Text("currency")).Reverse())
        {
            Add(tx, invoice, item, period, price, line, Describe(tx, invoice.Value.Text("currency")!, price, line));
        }
    }

    private static string Describe(Transaction tx, string currency, Stored price, PricedLine line)
    {
        var (interval, count) = Period.Of(price.Value);
        var every = count == 1 ? $"/ {interval}" : $"every {count} {interval}s";
        var tier = line.Tier is { } number ? $"Tier {number} at " : "at ";
        return $"{Decimals.Show(line.Quantity)} × {Product(tx, price)} ({tier}{Currencies.Unit(line.UnitAmount ?? "0", currency)} {every})";
    }

    /// <summary>What is kept of a price's or an item's taxes with what they put on an invoice.</summary>
    public static JsonObject? Taxed(Stored price, JsonArray? rates = null)
    {
        var kept = new JsonObject();
        if (price.Value.Text("tax_behavior") is ("inclusive" or "exclusive") and var behavior)
        {
            kept["tax_behavior"] = behavior;
        }

        if (rates is { Count: > 0 })
        {
            kept["tax_rates"] = rates.DeepClone();
        }

        return kept.Count > 0 ? kept : null;
    }

    private static void Add(Transaction tx, Stored invoice, Stored item, Period period, Stored price, PricedLine priced, string description)
    {
        var id = tx.Ids.New("il");
        var rates = item.Value["tax_rates"] as JsonArray;
        tx.Add("line_item", id, new JsonObject
        {
            ["id"] = id, ["object"] = "line_item", ["amount"] = priced.Amount, ["currency"] = invoice.Value.Text("currency"), ["description"] = description,
            ["discount_amounts"] = new JsonArray(), ["discountable"] = true, ["discounts"] = item.Value["discounts"]!.DeepClone(), ["invoice"] = invoice.Id,
            ["livemode"] = tx.Scope.Livemode, ["metadata"] = item.Value["metadata"]!.DeepClone(),
            ["parent"] = new JsonObject
            {
                ["invoice_item_details"] = null,
                ["subscription_item_details"] = new JsonObject
                {
                    ["invoice_item"] = null, ["proration"] = false, ["proration_details"] = new JsonObject { ["credited_items"] = null },
                    ["subscription"] = item.Value.Text("subscription"), ["subscription_item"] = item.Id,
                },
                ["type"] = "subscription_item_details",
            },
            ["period"] = new JsonObject { ["end"] = period.End, ["start"] = period.Start }, ["pretax_credit_amounts"] = new JsonArray(),
            ["pricing"] = Pricing(price, priced.UnitAmount), ["quantity"] = (long)priced.Quantity, ["quantity_decimal"] = Decimals.Show(priced.Quantity),
            ["subscription"] = item.Value.Text("subscription"), ["subtotal"] = priced.Amount, ["taxes"] = new JsonArray(),
        }, Taxed(price, rates));
    }
}
