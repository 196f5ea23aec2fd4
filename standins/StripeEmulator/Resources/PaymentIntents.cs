using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Payment intents: an invoice's own, and those made by themselves.</summary>
public static class PaymentIntents
{
    private const string Url = "/v1/payment_intents";

    /// <summary>The only copy of the rule: the status after an action, or null where the action is refused.</summary>
    public static string? After(string status, string action) => (status, action) switch
    {
        ("requires_payment_method", "method") => "requires_confirmation",
        ("requires_confirmation", "method") => "requires_confirmation",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "succeed") => "succeeded",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "decline") => "requires_payment_method",
        ("requires_payment_method" or "requires_confirmation" or "requires_action", "ask") => "requires_action",
        ("requires_payment_method" or "requires_confirmation" or "requires_action" or "requires_capture", "cancel") => "canceled",
        _ => null,
    };

    public static Reply Create(Call call)
    {
        Metadata.NotEmulated(call, "capture_method", "transfer_data", "application_fee_amount", "confirmation_token", "payment_method_data", "on_behalf_of", "hooks", "shipping");
        var (tx, currency) = (call.Tx, Currencies.Check(call.Text("currency")!));
        var amount = call.Number("amount")!.Value;
        if (amount < Currencies.MinimumOf(currency))
        {
            throw StripeException.Invalid($"Amount must be at least {Currencies.Show(Currencies.MinimumOf(currency), currency)}", "amount", "amount_too_small");
        }

        var customer = call.Refers("customer", "customer");
        var stored = Add(tx, amount, currency, customer?.Id, call.Text("description"), Types(call), null);
        Metadata.Copy(call, stored.Value, "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix");
        Metadata.Merge(call, stored.Value);
        Events.Emit(tx, "payment_intent.created", stored);
        Method(call, stored);
        return call.Flag("confirm") == true ? Confirm(call, stored) : stored;
    }

    public static Reply Retrieve(Call call)
    {
        var stored = call.Named("payment_intent", param: "intent");
        return !call.Key.Publishable || call.Text("client_secret") == stored.Value.Text("client_secret")
            ? stored
            : throw StripeException.NotFound("payment_intent", call.Id, "intent");
    }

    public static Reply List(Call call) => Paging.List(call, "payment_intent", Url, s =>
        Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s));

    public static Reply Search(Call call) => Api.Search.Run(call, "payment_intent", Url + "/search", "amount", "created", "currency", "customer", "status");

    public static Reply Update(Call call)
    {
        var stored = call.Named("payment_intent", param: "intent");
        if (stored.Inner.Text("invoice") is not null && (call.Has("amount") || call.Has("currency") || call.Has("customer")))
        {
            throw StripeException.Invalid("You cannot update the amount, currency or customer of a PaymentIntent that was created by an invoice.");
        }

        Allowed(stored, "method");
        var value = call.Tx.Edit(stored);
        Metadata.Copy(call, value, "amount", "description", "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix");
        Metadata.Merge(call, value);
        Method(call, stored);
        return stored;
    }

    public static Reply Confirm(Call call) => Confirm(call, call.Named("payment_intent", param: "intent"));

    public static Reply Cancel(Call call)
    {
        var stored = call.Named("payment_intent", param: "intent");
        if (stored.Inner.Text("invoice") is not null)
        {
            throw StripeException.Invalid("You cannot cancel this PaymentIntent because it belongs to an invoice; void the invoice instead.", code: "payment_intent_unexpected_state");
        }

        Allowed(stored, "cancel");
        Cancel(call.Tx, stored, call.Text("cancellation_reason"));
        return stored;
    }

    public static void Cancel(Transaction tx, Stored stored, string? reason)
    {
        var value = tx.Edit(stored);
        value["status"] = "canceled";
        value["canceled_at"] = tx.Now;
        value["cancellation_reason"] = reason;
        value["next_action"] = null;
        Events.Emit(tx, "payment_intent.canceled", stored);
    }

    public static Stored Add(Transaction tx, long amount, string currency, string? customer, string? description, JsonArray types, string? invoice)
    {
        var id = tx.Ids.New("pi");
        return tx.Add("payment_intent", id, new JsonObject
        {
            ["id"] = id, ["object"] = "payment_intent", ["amount"] = amount, ["amount_capturable"] = 0, ["amount_details"] = new JsonObject { ["tip"] = new JsonObject() },
            ["amount_received"] = 0, ["application"] = null, ["application_fee_amount"] = null, ["automatic_payment_methods"] = null, ["canceled_at"] = null,
            ["cancellation_reason"] = null, ["capture_method"] = "automatic", ["client_secret"] = $"{id}_secret_{tx.Ids.Letter(25)}", ["confirmation_method"] = "automatic",
            ["created"] = tx.Now, ["currency"] = currency, ["customer"] = customer, ["customer_account"] = null, ["description"] = description,
            ["excluded_payment_method_types"] = null, ["last_payment_error"] = null, ["latest_charge"] = null, ["livemode"] = tx.Scope.Livemode,
            ["managed_payments"] = null, ["metadata"] = new JsonObject(), ["next_action"] = null, ["on_behalf_of"] = null, ["payment_method"] = null,
            ["payment_method_configuration_details"] = null, ["payment_method_options"] = new JsonObject(), ["payment_method_types"] = types, ["processing"] = null,
            ["receipt_email"] = null, ["review"] = null, ["setup_future_usage"] = null, ["shipping"] = null, ["source"] = null, ["statement_descriptor"] = null,
            ["statement_descriptor_suffix"] = null, ["status"] = "requires_payment_method", ["transfer_data"] = null, ["transfer_group"] = null,
        }, new JsonObject { ["invoice"] = invoice });
    }

    private static Reply Confirm(Call call, Stored stored)
    {
        Allowed(stored, "succeed");
        Method(call, stored);
        var method = stored.Value.Text("payment_method") is { } id ? call.Tx.Find("payment_method", id)! : throw StripeException.Invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
            code: "payment_intent_unexpected_state");
        var outcome = Payments.Attempt(call.Tx, stored, method, call.Flag("off_session") == true);
        if (stored.Inner.Text("invoice") is { } invoice && call.Tx.Find("invoice", invoice) is { } billed)
        {
            Settlement.Settle(call.Tx, billed, outcome, automatic: false);
        }

        return outcome == Outcome.Declined ? throw Payments.LastError(call.Tx, stored) : stored;
    }

    private static void Method(Call call, Stored stored)
    {
        if (call.Text("payment_method") is not { } id)
        {
            return;
        }

        var method = PaymentMethods.Resolve(call, id, "payment_method");
        if (method.Value.Text("customer") is { } owner && owner != stored.Value.Text("customer"))
        {
            throw StripeException.Invalid("The payment method you provided is attached to a customer so for security purposes you must provide the customer in the request.", "payment_method");
        }

        var value = call.Tx.Edit(stored);
        value["payment_method"] = method.Id;
        if (value.Text("status") == "requires_payment_method")
        {
            value["status"] = "requires_confirmation";
        }
    }

    private static void Allowed(Stored stored, string action)
    {
        var status = stored.Value.Text("status")!;
        if (After(status, action) is null)
        {
            var verb = action switch { "cancel" => "cancel", "method" => "update", _ => "confirm" };
            throw StripeException.Invalid(
                $"You cannot {verb} this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one of the following statuses may be {(verb == "cancel" ? "canceled" : verb == "update" ? "updated" : "confirmed")}: requires_payment_method, requires_confirmation, requires_action{(verb == "cancel" ? ", requires_capture" : "")}.",
                code: "payment_intent_unexpected_state");
        }
    }

    private static JsonArray Types(Call call) =>
        call.Params["payment_method_types"] is JsonArray { Count: > 0 } types ? types.DeepClone().AsArray() : ["card"];
}
