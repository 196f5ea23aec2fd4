using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Payment intents: an invoice's own, and those made by themselves.</summary>
public static class PaymentIntents
{
    private const string Url = "/v1/payment_intents";

    private static readonly string[] NotDone =
        ["transfer_data", "application_fee_amount", "confirmation_token", "on_behalf_of", "hooks", "amount_details", "radar_options", "customer_account", "payment_method_configuration", "allowed_payment_method_types", "mandate"];

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, NotDone);
        var (tx, currency) = (call.Tx, Currencies.Check(call.Text("currency")!));
        var customer = call.Refers("customer", "customer")?.Id;
        var amount = Amount(call, currency);
        var stored = Add(tx, amount, currency, customer, call.Text("description"), IntentMethods.Types(call, null, "PaymentIntent", currency), null);
        var value = stored.Value;
        value["capture_method"] = Versions.IsBefore2024(call.Version) ? "automatic" : "automatic_async";
        Copy(call, value);
        Parameters.Copy(call, value, "confirmation_method");
        IntentMethods.Automatic(call, value);
        var method = Method(call, stored);
        Events.Emit(tx, "payment_intent.created", stored);
        if (call.Flag("confirm") == true)
        {
            return Confirmations.Confirm(call, stored, method);
        }

        foreach (var name in (string[])["off_session", "return_url", "mandate_data", "error_on_requires_action"])
        {
            if (call.Params[name] is not null)
            {
                throw StripeException.Invalid($"You cannot provide `{name}` when `confirm` is not set to true.", name);
            }
        }

        Use(tx, stored, method);
        return stored;
    }

    public static Reply Retrieve(Call call) => IntentMethods.Reachable(call, "payment_intent");

    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "customer_account");
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s);
        return call.Text("customer") is { } customer
            ? Paging.Referring(call, "payment_intent", "customer", customer, Url, Filter)
            : Paging.List(call, "payment_intent", Url, Filter);
    }

    public static Reply Search(Call call) => Api.Search.Run(call, "payment_intent", Url + "/search", "amount", "created", "currency", "customer", "status");

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, NotDone);
        var (tx, stored) = (call.Tx, call.Named("payment_intent", param: "intent"));
        if (stored.Inner.Text("invoice") is not null && (call.Has("amount") || call.Has("currency") || call.Has("customer")))
        {
            throw StripeException.Invalid("You cannot update the amount, currency or customer of a PaymentIntent that was created by an invoice.");
        }

        foreach (var name in (string[])["amount", "currency", "customer", "payment_method", "payment_method_data", "payment_method_types", "payment_method_options", "capture_method", "setup_future_usage"])
        {
            if (call.Has(name))
            {
                PaymentIntentStates.DemandEditable(tx, stored, name);
            }
        }

        var value = tx.Edit(stored);
        if (call.Text("currency") is { } currency)
        {
            value["currency"] = Currencies.Check(currency);
        }

        if (call.Has("amount"))
        {
            value["amount"] = Amount(call, value.Text("currency")!);
        }

        if (call.Refers("customer", "customer") is { } customer)
        {
            value["customer"] = customer.Id;
        }

        Parameters.Copy(call, value, "description");
        value["payment_method_types"] = IntentMethods.Types(call, value["payment_method_types"], "PaymentIntent", value.Text("currency"));
        Copy(call, value);
        Use(tx, stored, Method(call, stored));
        return stored;
    }

    public static Reply Cancel(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("payment_intent", param: "intent"));
        if (stored.Inner.Text("invoice") is not null)
        {
            throw PaymentIntentStates.Unexpected(tx, stored, "You cannot cancel this PaymentIntent because it belongs to an invoice; void the invoice instead.");
        }

        PaymentIntentStates.Demand(tx, stored, "cancel");
        if (stored.Value.Text("status") == "processing" && Payments.Method(tx, stored)?.Value.Text("type") != "us_bank_account")
        {
            throw PaymentIntentStates.Unexpected(tx, stored, "You cannot cancel this PaymentIntent because it has a status of processing.");
        }

        Cancel(tx, stored, call.Text("cancellation_reason"));
        return stored;
    }

    public static void Cancel(Transaction tx, Stored stored, string? reason)
    {
        Payments.Stop(tx, stored);
        var value = tx.Edit(stored);
        value["status"] = "canceled";
        value["canceled_at"] = tx.Now;
        value["cancellation_reason"] = reason;
        value["next_action"] = null;
        value["amount_capturable"] = 0;
        Events.Emit(tx, "payment_intent.canceled", stored);
    }

    /// <summary>More than was authorized: no test card grants it.</summary>
    public static Reply Increment(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("payment_intent", param: "intent"));
        var status = stored.Value.Text("status");
        throw status == "requires_capture"
            ? PaymentIntentStates.Unexpected(tx, stored, "This PaymentIntent is not eligible for incremental authorization.")
            : PaymentIntentStates.Unexpected(tx, stored, $"This PaymentIntent could not be incremented because it has a status of {status}. Only a PaymentIntent with one of the following statuses may be incremented: requires_capture.");
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
            ["payment_method_configuration_details"] = null, ["payment_method_options"] = Options(types), ["payment_method_types"] = types, ["processing"] = null,
            ["receipt_email"] = null, ["review"] = null, ["setup_future_usage"] = null, ["shipping"] = null, ["source"] = null, ["statement_descriptor"] = null,
            ["statement_descriptor_suffix"] = null, ["status"] = "requires_payment_method", ["transfer_data"] = null, ["transfer_group"] = null,
        }, new JsonObject { ["invoice"] = invoice });
    }

    private static JsonObject Options(JsonArray types)
    {
        var options = new JsonObject();
        foreach (var type in types.Select(t => t!.GetValue<string>()))
        {
            options[type] = type switch
            {
                "card" => new JsonObject { ["installments"] = null, ["mandate_options"] = null, ["network"] = null, ["request_three_d_secure"] = "automatic" },
                "us_bank_account" => new JsonObject { ["verification_method"] = "automatic" },
                _ => new JsonObject(),
            };
        }

        return options;
    }

    /// <summary>The method of the call, or null; refuses another customer's.</summary>
    public static Stored? Method(Call call, Stored stored)
    {
        var (method, customer) = (IntentMethods.Named(call), stored.Value.Text("customer"));
        if (method is null)
        {
            return null;
        }

        IntentMethods.Demand(stored.Value, method, "PaymentIntent");
        return method.Value.Text("customer") is { } owner && owner != customer
            ? throw (customer is null
                ? PaymentIntentStates.Unexpected(call.Tx, stored, $"The `payment_method` parameter supplied {method.Id} belongs to the Customer {owner}. Please include the Customer in the `customer` parameter on the PaymentIntent.", "source", "parameter_missing")
                : PaymentIntentStates.Unexpected(call.Tx, stored, $"The PaymentMethod {method.Id} does not belong to the Customer you supplied {customer}. Please use this PaymentMethod with the Customer that it belongs to instead.", "payment_method", code: null))
            : method;
    }

    /// <summary>What may be said when it is made, changed and confirmed alike.</summary>
    public static void Copy(Call call, JsonObject value)
    {
        Parameters.Copy(call, value, "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_group", "capture_method", "excluded_payment_method_types");
        Metadata.Merge(call, value);
        if (call.Params["payment_details"] is JsonObject details)
        {
            value["payment_details"] = Parameters.Shape(details, "customer_reference", "order_reference");
        }

        if (call.Params["payment_method_options"] is JsonObject options)
        {
            IntentMethods.Merge(value["payment_method_options"]!.AsObject(), options);
        }

        if (call.Has("shipping"))
        {
            value["shipping"] = Shipping(call.Params["shipping"] as JsonObject);
        }
    }

    public static JsonObject? Shipping(JsonObject? sent)
    {
        if (sent is null)
        {
            return null;
        }

        if (sent.Text("name") is null || sent["address"] is not JsonObject address)
        {
            throw StripeException.Missing(sent.Text("name") is null ? "shipping[name]" : "shipping[address]");
        }

        var shipping = Parameters.Shape(sent, "address", "carrier", "name", "phone", "tracking_number")!;
        shipping["address"] = Parameters.Address(address);
        return shipping;
    }

    private static void Use(Transaction tx, Stored stored, Stored? method)
    {
        if (method is not null)
        {
            var value = tx.Edit(stored);
            value["payment_method"] = method.Id;
            value["status"] = "requires_confirmation";
            value["next_action"] = null;
        }
    }

    private static long Amount(Call call, string currency)
    {
        var amount = call.Number("amount")!.Value;
        if (amount <= 0)
        {
            throw StripeException.Invalid(
                "The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to save a Payment Method for future use without an immediate payment, use a Setup Intent instead: https://docs.stripe.com/payments/setup-intents",
                "amount",
                "parameter_invalid_integer");
        }

        if (amount < Currencies.MinimumOf(currency))
        {
            throw StripeException.Invalid($"Amount must be at least {Currencies.Sign(Currencies.MinimumOf(currency), currency)} {currency}", "amount", "amount_too_small");
        }

        Currencies.Demand(amount, currency, "amount");
        return amount <= Currencies.MostOf(currency) ? amount : throw StripeException.Invalid($"Amount must be no more than {Currencies.Sign(Currencies.MostOf(currency), currency)}", "amount", "amount_too_large");
    }
}
