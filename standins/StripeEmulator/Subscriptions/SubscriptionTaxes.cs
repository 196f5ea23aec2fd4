using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>What a subscription is told about tax, which its invoices take over: standard rates, or Stripe's own reckoning (<see cref="AutomaticTax"/>).</summary>
public static class SubscriptionTaxes
{
    private static readonly string[] Concerned = ["automatic_tax", "default_tax_rates", "items", "add_invoice_items"];

    public static void Apply(Call call, JsonObject value)
    {
        if (call.Hash("automatic_tax") is { } sent)
        {
            if ((sent["liability"] as JsonObject)?.Text("type") == "account")
            {
                throw StripeException.NotEmulated("automatic_tax[liability][type]");
            }

            var enabled = sent.Is("enabled");
            value["automatic_tax"] = new JsonObject { ["disabled_reason"] = null, ["enabled"] = enabled, ["liability"] = enabled ? new JsonObject { ["type"] = "self" } : null };
        }

        if (ItemParameters.Rates(call, call.Params, "default_tax_rates", "") is { } rates)
        {
            value["default_tax_rates"] = rates;
        }
    }

    /// <summary>Refuses what cannot be taxed as it is asked.</summary>
    public static void Demand(Call call, Stored subscription)
    {
        if (!Array.Exists(Concerned, call.Has))
        {
            return;
        }

        var (tx, value) = (call.Tx, subscription.Value);
        var standard = value["default_tax_rates"]!.AsArray();
        var items = SubscriptionView.Items(tx, subscription).Select(item => (Price: SubscriptionView.Price(tx, item).Value, Own: item.Value["tax_rates"]!.AsArray())).ToList();
        if (!value["automatic_tax"]!.AsObject().Is("enabled"))
        {
            items.ForEach(item => Agree(item.Price, item.Own.Count > 0 ? item.Own : standard));
            return;
        }

        if (standard.Count > 0 || items.Exists(item => item.Own.Count > 0))
        {
            throw StripeException.Invalid("You cannot specify tax rates on a subscription that has automatic tax enabled.", "default_tax_rates");
        }

        items.ForEach(item => Specified(item.Price));
        if (!AutomaticTax.Locates(tx, value))
        {
            throw Unlocated("The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.");
        }
    }

    /// <summary>Refuses rates that say otherwise than the price whether it holds its tax.</summary>
    public static void Agree(JsonObject price, JsonArray rates)
    {
        if (price.Text("tax_behavior") is ("inclusive" or "exclusive") and var behavior && rates.Any(rate => rate!.AsObject().Is("inclusive") != (behavior == "inclusive")))
        {
            throw StripeException.Invalid("One or more prices has a `tax_behavior` that conflicts with the tax rates that apply to the corresponding line item.");
        }
    }

    /// <summary>Refuses a price that does not say whether it holds its tax; no account has a default here, which is the harder case.</summary>
    public static void Specified(JsonObject price)
    {
        if (price.Text("tax_behavior") is null or "unspecified")
        {
            throw StripeException.Invalid($"The price `{price.Text("id")}` does not have a `tax_behavior` set which is required for automatic tax computation.", "items");
        }
    }

    public static StripeException Unlocated(string message) => new(400, "invalid_request_error", "customer_tax_location_invalid", message);
}
