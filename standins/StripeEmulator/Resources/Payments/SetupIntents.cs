using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Setup intents: saving a payment method for later, with the customer's consent.</summary>
public static class SetupIntents
{
    private const string Url = "/v1/setup_intents";

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "attach_to_self", "confirmation_token", "customer_account", "flow_directions", "on_behalf_of", "payment_method_configuration", "single_use", "allowed_payment_method_types");
        if (call.Flag("confirm") != true && call.Has("return_url"))
        {
            throw StripeException.Invalid("You cannot provide `return_url` when `confirm` is not set to true.", "return_url");
        }

        var customer = call.Refers("customer", "customer");
        var method = Method(call, customer?.Id, null);
        var stored = Add(call.Tx, customer?.Id, call.Text("description"), IntentMethods.Types(call, null, "SetupIntent"), call.Text("usage") ?? "off_session");
        IntentMethods.Automatic(call, stored.Value);
        Parameters.Copy(call, stored.Value, "excluded_payment_method_types");
        Options(call, stored.Value);
        Metadata.Merge(call, stored.Value);
        Use(stored.Value, method);
        Events.Emit(call.Tx, "setup_intent.created", stored);
        return call.Flag("confirm") == true ? Confirm(call, stored) : stored;
    }

    public static Reply Retrieve(Call call) => IntentMethods.Reachable(call, "setup_intent");

    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "attach_to_self", "customer_account");
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s) && Paging.Same(call, "payment_method", s);
        return call.Text("customer") is { } customer
            ? Paging.Referring(call, "setup_intent", "customer", customer, Url, Filter)
            : Paging.List(call, "setup_intent", Url, Filter);
    }

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, "attach_to_self", "customer_account", "flow_directions", "payment_method_configuration", "allowed_payment_method_types");
        var stored = call.Named("setup_intent", param: "intent");
        if (SetupIntentStates.After(stored.Value.Text("status")!, "method") is null)
        {
            throw SetupIntentStates.Unexpected(call.Tx, stored, $"You cannot update this SetupIntent because it has a status of {stored.Value.Text("status")}. Only a SetupIntent with one of the following statuses may be updated: requires_payment_method, requires_confirmation, requires_action.");
        }

        var customer = call.Refers("customer", "customer")?.Id ?? stored.Value.Text("customer");
        var method = Method(call, customer, stored);
        var value = call.Tx.Edit(stored);
        value["customer"] = customer;
        Parameters.Copy(call, value, "description", "excluded_payment_method_types");
        value["payment_method_types"] = IntentMethods.Types(call, value["payment_method_types"], "SetupIntent");
        Options(call, value);
        Metadata.Merge(call, value);
        Use(value, method);
        return stored;
    }

    public static Reply Confirm(Call call) => Confirm(call, IntentMethods.Reachable(call, "setup_intent"));

    public static Reply Cancel(Call call)
    {
        var stored = call.Named("setup_intent", param: "intent");
        if (SetupIntentStates.After(stored.Value.Text("status")!, "cancel") is null)
        {
            throw SetupIntentStates.Unexpected(call.Tx, stored, $"You cannot cancel this SetupIntent because it has a status of {stored.Value.Text("status")}. Only a SetupIntent with one of the following statuses may be canceled: requires_payment_method, requires_confirmation, or requires_action.");
        }

        Cancel(call.Tx, stored, call.Text("cancellation_reason"));
        return stored;
    }

    public static void Cancel(Transaction tx, Stored stored, string? reason)
    {
        var value = tx.Edit(stored);
        value["status"] = "canceled";
        value["cancellation_reason"] = reason;
        value["next_action"] = null;
        Events.Emit(tx, "setup_intent.canceled", stored);
    }

    /// <summary>A new intent without a method. The caller tells of it.</summary>
    public static Stored Add(Transaction tx, string? customer, string? description, JsonArray types, string usage)
    {
        var id = tx.Ids.New("seti");
        return tx.Add("setup_intent", id, new JsonObject
        {
            ["id"] = id, ["object"] = "setup_intent", ["application"] = null, ["automatic_payment_methods"] = null, ["cancellation_reason"] = null,
            ["client_secret"] = $"{id}_secret_{tx.Ids.Letter(31)}", ["created"] = tx.Now, ["customer"] = customer, ["customer_account"] = null, ["description"] = description,
            ["excluded_payment_method_types"] = null, ["flow_directions"] = null, ["last_setup_error"] = null, ["latest_attempt"] = null, ["livemode"] = tx.Scope.Livemode,
            ["managed_payments"] = null, ["mandate"] = null, ["metadata"] = new JsonObject(), ["next_action"] = null, ["on_behalf_of"] = null, ["payment_method"] = null,
            ["payment_method_configuration_details"] = null,
            ["payment_method_options"] = new JsonObject { ["card"] = new JsonObject { ["mandate_options"] = null, ["network"] = null, ["request_three_d_secure"] = "automatic" } },
            ["payment_method_types"] = types, ["single_use_mandate"] = null, ["status"] = "requires_payment_method", ["usage"] = usage,
        });
    }

    private static Reply Confirm(Call call, Stored stored)
    {
        Parameters.NotEmulated(call, "confirmation_token", "allowed_payment_method_types");
        var (tx, status) = (call.Tx, stored.Value.Text("status")!);
        var named = Method(call, stored.Value.Text("customer"), stored);
        if ((named?.Id ?? stored.Value.Text("payment_method")) is not { } id)
        {
            throw SetupIntentStates.Unexpected(tx, stored, "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.");
        }

        if (SetupIntentStates.After(status, "succeed") is null)
        {
            throw SetupIntentStates.Unexpected(tx, stored, $"You cannot confirm this SetupIntent because it has {(status == "succeeded" ? "already succeeded" : "been canceled")}.");
        }

        var method = named ?? tx.Find("payment_method", id) ?? throw StripeException.NoSuch("payment_method", id, "payment_method");
        Options(call, tx.Edit(stored));
        Parameters.Copy(call, stored.Inner, "return_url", "use_stripe_sdk");
        return SetupAttempts.Attempt(tx, stored, method, call.Params["mandate_data"] as JsonObject) == Outcome.Declined ? throw SetupAttempts.LastError(tx, stored) : stored;
    }

    private static Stored? Method(Call call, string? customer, Stored? stored)
    {
        var method = IntentMethods.Named(call);
        if (method?.Value.Text("customer") is { } owner && owner != customer)
        {
            var message = customer is null
                ? $"The payment method supplied ({method.Id}) belongs to the Customer {owner}. Please include the Customer in the `customer` parameter on the SetupIntent."
                : $"The PaymentMethod {method.Id} does not belong to the Customer you supplied {customer}. Please use this PaymentMethod with the Customer that it belongs to instead.";
            throw stored is null ? StripeException.Invalid(message, "payment_method") : SetupIntentStates.Unexpected(call.Tx, stored, message, "payment_method", code: null);
        }

        return method;
    }

    private static void Use(JsonObject value, Stored? method)
    {
        if (method is not null)
        {
            IntentMethods.Demand(value, method, "SetupIntent");
            value["payment_method"] = method.Id;
            value["status"] = "requires_confirmation";
            value["next_action"] = null;
        }
    }

    private static void Options(Call call, JsonObject value)
    {
        if (call.Params["payment_method_options"] is JsonObject sent)
        {
            IntentMethods.Merge(value["payment_method_options"]!.AsObject(), sent);
        }
    }
}
