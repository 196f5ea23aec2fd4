using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Taxes of a checkout session: the rates of its lines, those of the subscription that it begins, or Stripe's own reckoning by the address that the customer has or the visitor types.</summary>
public static class CheckoutTaxes
{
    private const string Unlocated =
        "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.";

    /// <summary>Reads what a new session is told, once its lines are known.</summary>
    public static void Begin(Call call, Stored session)
    {
        var (tx, automatic) = (call.Tx, call.Hash("automatic_tax")?.Is("enabled") == true);
        session.Inner["default_tax_rates"] = call.Hash("subscription_data")?["default_tax_rates"] is { } ids ? TaxRates.Read(call, ids, "subscription_data[default_tax_rates]") : null;
        foreach (var line in CheckoutSessions.Lines(tx, session.Id))
        {
            var price = tx.Find("price", line.Value["price"]!.AsObject().Text("id")!)!.Value;
            var rates = Standard(session, line);
            if (automatic && rates.Count > 0)
            {
                throw StripeException.Invalid("You cannot specify tax rates on a Checkout Session that has automatic tax enabled.", "automatic_tax[enabled]");
            }

            if (automatic)
            {
                SubscriptionTaxes.Specified(price);
            }

            SubscriptionTaxes.Agree(price, rates);
        }

        if (!automatic)
        {
            return;
        }

        var located = IsLocated(tx, session);
        if (session.Value["customer"] is not null && !located && call.Hash("customer_update")?.Text("address") != "auto")
        {
            throw SubscriptionTaxes.Unlocated(Unlocated);
        }

        session.Value["automatic_tax"] = new JsonObject
        {
            ["enabled"] = true, ["liability"] = new JsonObject { ["type"] = "self" }, ["provider"] = "stripe", ["status"] = located ? "complete" : "requires_location_inputs",
        };
    }

    /// <summary>The rates that a line bears as far as it is known.</summary>
    public static IReadOnlyList<JsonObject> RatesOf(Transaction tx, Stored session, Stored line)
    {
        if (!IsOn(session))
        {
            return [.. Standard(session, line).Select(rate => rate!.AsObject())];
        }

        var inclusive = tx.Find("price", line.Value["price"]!.AsObject().Text("id")!)?.Value.Text("tax_behavior") == "inclusive";
        return Payer(session) is { } payer ? AutomaticTax.RatesOf(tx, new JsonObject { ["customer"] = payer }, inclusive) : [];
    }

    /// <summary>The visitor has said where they are: taxes are reckoned with that before anything is made.</summary>
    public static void Locate(Transaction tx, Stored session)
    {
        if (!IsOn(session))
        {
            return;
        }

        CheckoutCompletion.Learn(tx, session);
        if (!IsLocated(tx, session))
        {
            throw SubscriptionTaxes.Unlocated("The address isn't recognized. Enter a valid address in order to automatically calculate tax.");
        }

        tx.Edit(session)["automatic_tax"]!["status"] = "complete";
        CheckoutLines.Total(tx, session);
    }

    public static bool IsOn(Stored session) => session.Value["automatic_tax"]!.AsObject().Is("enabled");

    private static JsonArray Standard(Stored session, Stored line) => line.Inner["tax_rates"] as JsonArray ?? session.Inner["default_tax_rates"] as JsonArray ?? [];

    private static string? Payer(Stored session) => session.Value.Text("customer") ?? session.Inner.Text("customer");

    private static bool IsLocated(Transaction tx, Stored session) => Payer(session) is { } payer && AutomaticTax.Locates(tx, new JsonObject { ["customer"] = payer });
}
