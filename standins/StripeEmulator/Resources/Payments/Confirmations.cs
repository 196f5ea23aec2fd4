using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Confirming a payment intent, and capturing what it has authorized.</summary>
public static class Confirmations
{
    public static Reply Confirm(Call call)
    {
        Parameters.NotEmulated(call, "confirmation_token", "hooks", "amount_details", "radar_options", "allowed_payment_method_types", "mandate", "amount_to_confirm");
        var stored = IntentMethods.Reachable(call, "payment_intent");
        PaymentIntentStates.Demand(call.Tx, stored, "confirm");
        var value = call.Tx.Edit(stored);
        value["payment_method_types"] = IntentMethods.Types(call, value["payment_method_types"], "PaymentIntent", value.Text("currency"));
        PaymentIntents.Copy(call, value);
        return Confirm(call, stored, PaymentIntents.Method(call, stored));
    }

    /// <summary>Tries the method of the call, or the one that is set.</summary>
    public static Reply Confirm(Call call, Stored stored, Stored? named)
    {
        var (tx, value) = (call.Tx, call.Tx.Edit(stored));
        var method = named ?? (value.Text("payment_method") is { } id ? tx.Find("payment_method", id) : null) ?? throw PaymentIntentStates.Unexpected(tx, stored, Missing(value.Text("customer")));
        var off = OffSession(call);
        if (value.Text("capture_method") == "manual" && method.Value.Text("type") != "card")
        {
            throw StripeException.Invalid($"The payment method type {method.Value.Text("type")} does not support `capture_method=manual`.", "capture_method");
        }

        if (off && call.Flag("error_on_requires_action") == true)
        {
            throw StripeException.Exclusive("off_session", "error_on_requires_action");
        }

        Parameters.Copy(call, stored.Inner, "return_url", "use_stripe_sdk");
        var outcome = Payments.Attempt(tx, stored, method, off || call.Flag("error_on_requires_action") == true, mandate: call.Params["mandate_data"] as JsonObject);
        if (stored.Inner.Text("invoice") is { } invoice && tx.Find("invoice", invoice) is { } billed)
        {
            Settlement.Settle(tx, billed, outcome, automatic: false);
        }

        return outcome == Outcome.Declined ? throw Payments.LastError(tx, stored) : stored;
    }

    public static Reply Capture(Call call)
    {
        Parameters.NotEmulated(call, "amount_details", "application_fee_amount", "hooks", "transfer_data");
        var (tx, stored) = (call.Tx, call.Named("payment_intent", param: "intent"));
        PaymentIntentStates.Demand(tx, stored, "capture");
        if (call.Flag("final_capture") == false)
        {
            throw PaymentIntentStates.Unexpected(tx, stored, "This PaymentIntent cannot be captured more than once because its charge does not support multicapture.", "final_capture", code: null);
        }

        var value = tx.Edit(stored);
        var amount = call.Number("amount_to_capture") ?? value.Long("amount_capturable");
        if (amount < 1)
        {
            throw amount == 0
                ? PaymentIntentStates.Unexpected(tx, stored, "This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
                : PaymentIntentStates.Unexpected(tx, stored, "Invalid non-negative integer", "amount_to_capture", code: null);
        }

        if (amount > value.Long("amount_capturable"))
        {
            throw PaymentIntentStates.Unexpected(
                tx,
                stored,
                "The payment could not be captured because the requested capture amount is greater than the amount you can capture for this charge. Contact us via https://support.stripe.com/contact/ for help.",
                code: "amount_too_large");
        }

        Parameters.Copy(call, value, "statement_descriptor", "statement_descriptor_suffix");
        Metadata.Merge(call, value);
        if (call.Params["payment_details"] is JsonObject details)
        {
            value["payment_details"] = Parameters.Shape(details, "customer_reference", "order_reference");
        }

        Payments.Capture(tx, stored, amount);
        return stored;
    }

    private static string Missing(string? customer) => customer is null
        ? "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken."
        : $"You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent with {customer}, specify a payment method attached to this customer along with the customer ID.";

    // true, or a word that says why the customer is away.
    private static bool OffSession(Call call) => call.Params["off_session"]?.GetValueKind() is JsonValueKind.True or JsonValueKind.String;
}
