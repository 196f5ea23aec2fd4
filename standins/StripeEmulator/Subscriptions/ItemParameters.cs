using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>Subscription items out of parameters: which price, how many, and whether they go together.</summary>
public static class ItemParameters
{
    private const int MostItems = 20;

    /// <summary>A new item of the subscription, its period still to be set.</summary>
    public static Stored Add(Call call, Stored subscription, JsonObject sent, string prefix)
    {
        Refuse(sent, prefix);
        var (tx, price) = (call.Tx, Price(call, sent, prefix) ?? throw StripeException.Missing(ParameterCheck.Name(prefix, "price")));
        var id = tx.Ids.New("si");
        var item = new JsonObject
        {
            ["id"] = id, ["object"] = SubscriptionView.ItemKind, ["billing_thresholds"] = null, ["created"] = tx.Now, ["current_period_end"] = tx.Now,
            ["current_period_start"] = tx.Now, ["discounts"] = new JsonArray(), ["metadata"] = new JsonObject(), ["price"] = price.Id,
            ["subscription"] = subscription.Id, ["tax_rates"] = new JsonArray(),
        };
        if (!SubscriptionView.IsMetered(price))
        {
            item["quantity"] = 1;
        }

        var stored = tx.Add(SubscriptionView.ItemKind, id, item);
        Details(call, stored, price, subscription, sent, prefix);
        return stored;
    }

    /// <summary>Changes an item's price, quantity and details.</summary>
    public static void Change(Call call, Stored item, Stored subscription, JsonObject sent, string prefix)
    {
        Refuse(sent, prefix);
        var value = call.Tx.Edit(item);
        var price = SubscriptionView.Price(call.Tx, item);
        if (Price(call, sent, prefix) is { } other && other.Id != price.Id)
        {
            value["price"] = other.Id;
            if (SubscriptionView.IsMetered(other))
            {
                value.Remove("quantity");
            }
            else
            {
                value["quantity"] ??= 1;
            }

            price = other;
        }

        Details(call, item, price, subscription, sent, prefix);
    }

    /// <summary>Refuses items that Stripe does not put on one subscription.</summary>
    public static void Demand(Transaction tx, Stored subscription)
    {
        var items = SubscriptionView.Items(tx, subscription).Select(i => (Item: i, Price: SubscriptionView.Price(tx, i))).ToList();
        if (items.Count == 0)
        {
            throw StripeException.Invalid("A subscription must have at least one active item.", "items");
        }

        if (items.Count > MostItems)
        {
            throw StripeException.Invalid($"A subscription can have at most {MostItems} items.", "items");
        }

        if (items.GroupBy(i => i.Price.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw StripeException.Invalid($"Cannot add multiple subscription items with the same plan: {twice.Key}", "items");
        }

        var currency = subscription.Value.Text("currency")!;
        foreach (var (_, price) in items)
        {
            if (price.Value.Text("currency") != currency && price.Inner["currency_options"]?[currency] is null)
            {
                throw StripeException.Invalid($"The price specified only supports `{price.Value.Text("currency")}`. This doesn't match the expected currency: `{currency}`.", "items");
            }
        }

        if (!BillingMode.IsFlexible(subscription) && items.Select(i => Period.Of(i.Price.Value)).Distinct().Count() > 1)
        {
            throw StripeException.Invalid("Currency and interval fields must match across all prices on a subscription in the classic billing mode.", "items");
        }
    }

    /// <summary>The price that <c>price</c>, <c>plan</c> or <c>price_data</c> names, or null when none is sent.</summary>
    public static Stored? Price(Call call, JsonObject sent, string prefix, bool recurring = true)
    {
        if (sent["price_data"] is JsonObject data)
        {
            var product = call.Referred("product", data.Text("product")!, ParameterCheck.Name(prefix, "price_data[product]"));
            var made = Prices.Add(call, product, data, ParameterCheck.Name(prefix, "price_data"));
            made.Inner["inline"] = true;
            return made;
        }

        var name = sent.ContainsKey("price") ? "price" : "plan";
        if (sent.Text(name) is not { } id)
        {
            return null;
        }

        var price = call.Referred("price", id, ParameterCheck.Name(prefix, name));
        // A checkout session may sell at a price of its own, which nobody else can use.
        if (!price.Value.Is("active") && !call.IsInner())
        {
            throw StripeException.Invalid($"The price specified is inactive. This field only accepts active prices.", ParameterCheck.Name(prefix, name));
        }

        return (price.Value["recurring"] is not null) == recurring ? price : throw StripeException.Invalid(
            recurring
                ? "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
                : "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
            ParameterCheck.Name(prefix, name));
    }

    /// <summary>The rates that ids name, as they are now; null when nothing was sent.</summary>
    public static JsonArray? Rates(Call call, JsonObject sent, string name, string prefix) =>
        sent.ContainsKey(name) ? TaxRates.Read(call, sent[name], ParameterCheck.Name(prefix, name)) : null;

    private static void Details(Call call, Stored item, Stored price, Stored subscription, JsonObject sent, string prefix)
    {
        var value = call.Tx.Edit(item);
        if (sent.ContainsKey("quantity"))
        {
            if (SubscriptionView.IsMetered(price))
            {
                throw StripeException.Invalid($"Quantity should not be specified where usage_type is `metered`. Remove quantity from `{(prefix.Length == 0 ? "items" : prefix)}`", ParameterCheck.Name(prefix, "quantity"));
            }

            value["quantity"] = sent.Long("quantity") is >= 0 and < 1_000_000_000 and var quantity
                ? quantity
                : throw StripeException.Invalid("This value must be greater than or equal to 0.", ParameterCheck.Name(prefix, "quantity"), "parameter_invalid_integer");
        }

        if (sent["metadata"] is JsonObject metadata)
        {
            Metadata.Merge(metadata, value);
        }
        else if (sent.ContainsKey("metadata"))
        {
            value["metadata"] = new JsonObject();
        }

        if (Rates(call, sent, "tax_rates", prefix) is { } rates)
        {
            value["tax_rates"] = rates;
        }

        if (sent.ContainsKey("discounts"))
        {
            var customer = call.Tx.Find("customer", subscription.Value.Text("customer")!)!;
            value["discounts"] = Discounts.Redeem(call, sent["discounts"], ParameterCheck.Name(prefix, "discounts"), customer, "subscription_item", item.Id);
        }
    }

    private static void Refuse(JsonObject sent, string prefix)
    {
        if (sent["billing_thresholds"] is not null)
        {
            throw StripeException.NotEmulated(ParameterCheck.Name(prefix, "billing_thresholds"));
        }
    }
}
