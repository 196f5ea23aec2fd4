using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The two calls by which the official command line completes a checkout session as a visitor's browser would.</summary>
public static class PaymentPages
{
    public static Reply Retrieve(Call call) => Show(Session(call));

    public static Reply Confirm(Call call)
    {
        var session = Session(call);
        CheckoutStates.Demand(session, "confirm");
        if (call.Number("expected_amount") is { } expected && expected != session.Value.Long("amount_total"))
        {
            throw StripeException.Invalid("The amount of this Checkout Session has changed. Reload it and confirm again.", "expected_amount", "checkout_amount_mismatch");
        }

        CheckoutPayment.Confirm(call.Tx, session, PaymentMethods.Resolve(call, call.Text("payment_method")!, "payment_method"));
        return Show(session);
    }

    private static Stored Session(Call call) => call.Named(CheckoutSessions.Kind, param: "session");

    private static JsonObject Show(Stored session)
    {
        var value = session.Value;
        return new JsonObject
        {
            ["id"] = "ppage_1" + session.Id[^23..], ["object"] = "payment_page", ["amount_total"] = value["amount_total"]?.DeepClone(), ["currency"] = value.Text("currency"),
            ["customer"] = value.Text("customer"), ["livemode"] = value.Is("livemode"), ["mode"] = value.Text("mode"), ["payment_intent"] = value.Text("payment_intent") ?? session.Inner.Text("intent"),
            ["payment_method_types"] = value["payment_method_types"]!.DeepClone(), ["payment_status"] = value.Text("payment_status"), ["session_id"] = session.Id,
            ["setup_intent"] = value.Text("setup_intent"), ["status"] = value.Text("status"), ["subscription"] = value.Text("subscription"),
        };
    }
}
