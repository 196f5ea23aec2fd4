using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What payment intents and setup intents have in common: their payment method, and who may see them.</summary>
public static class IntentMethods
{
    private static readonly string[] Taken = ["request_three_d_secure", "capture_method", "setup_future_usage", "network", "verification_method", "statement_descriptor_suffix_kana", "statement_descriptor_suffix_kanji"];

    /// <summary>The method that a call names or describes, or null.</summary>
    public static Stored? Named(Call call)
    {
        if (call.Text("payment_method") is { } id)
        {
            return PaymentMethods.Resolve(call, id, "payment_method");
        }

        return call.Params["payment_method_data"] is JsonObject data ? Instruments.Make(call.Tx, data, "payment_method_data") : null;
    }

    /// <summary>The types that a call allows; without any, those that stand until now, or all that the account takes in this currency.</summary>
    public static JsonArray Types(Call call, JsonNode? current, string noun, string? currency = null)
    {
        if (call.Params["payment_method_types"] is JsonArray { Count: > 0 } types)
        {
            foreach (var type in types.Select(t => t!.GetValue<string>()).Where(t => !PaymentMethods.Types.Contains(t)))
            {
                throw StripeException.Invalid($"The payment method type \"{type}\" is invalid. Please ensure the provided type is activated in your dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for any preview features that you are trying to use. See https://stripe.com/docs/payments/payment-methods/integration-options for supported payment method, currency, and country options for a {noun}.", "payment_method_types");
            }

            foreach (var type in types.Select(t => t!.GetValue<string>()).Where(t => Currency(t) is { } only && currency is not null && currency != only))
            {
                throw StripeException.Invalid($"The currency provided ({currency}) is invalid. Payments with {type} support the following currencies: {Currency(type)}.", "currency");
            }

            return types.DeepClone().AsArray();
        }

        return current?.DeepClone().AsArray() ?? (Versions.IsBefore2023(call.Version) ? ["card"] : TypesFor(currency));
    }

    /// <summary>The types that the account takes in a currency, or in any.</summary>
    public static JsonArray TypesFor(string? currency) => currency switch
    {
        "usd" => ["card", "us_bank_account"],
        "eur" => ["card", "sepa_debit"],
        null => ["card", "us_bank_account", "sepa_debit"],
        _ => ["card"],
    };

    // Banks take their own money only.
    private static string? Currency(string type) => type switch { "us_bank_account" => "usd", "sepa_debit" => "eur", _ => null };

    /// <summary>Refuses a method of a type that the intent does not take.</summary>
    public static void Demand(JsonObject intent, Stored method, string noun)
    {
        var (type, types) = (method.Value.Text("type"), intent["payment_method_types"]!.AsArray().Select(t => t!.GetValue<string>()).ToList());
        var excluded = (intent["excluded_payment_method_types"] as JsonArray)?.Any(t => t!.GetValue<string>() == type) == true;
        if (excluded || !types.Contains(type!))
        {
            throw StripeException.Invalid($"The PaymentMethod provided ({type}) is not allowed for this {noun}. Please attach a PaymentMethod with one of the following types: {string.Join(", ", types)}.", "payment_method");
        }
    }

    /// <summary>The intent of the path. Without a secret key its client secret must be told.</summary>
    public static Stored Reachable(Call call, string kind)
    {
        var stored = call.Named(kind, param: "intent");
        var told = call.Text("client_secret");
        if (told is null ? call.Key.Publishable : told != stored.Value.Text("client_secret"))
        {
            throw StripeException.NotFound(kind, call.Id, "intent");
        }

        return stored;
    }

    /// <summary>Where the person passes 3-D Secure: a page, or what Stripe.js opens by itself when the caller uses it.</summary>
    public static JsonObject Authentication(Transaction tx, Stored intent)
    {
        var url = $"{tx.Engine.PublicUrl}/authenticate/{intent.Id}";
        return intent.Inner.Is("use_stripe_sdk")
            ? new JsonObject { ["type"] = "use_stripe_sdk", ["use_stripe_sdk"] = new JsonObject { ["stripe_js"] = url, ["type"] = "three_d_secure_redirect" } }
            : new JsonObject { ["type"] = "redirect_to_url", ["redirect_to_url"] = new JsonObject { ["return_url"] = intent.Inner.Text("return_url"), ["url"] = url } };
    }

    /// <summary>Takes <c>automatic_payment_methods</c>, which excludes naming types.</summary>
    public static void Automatic(Call call, JsonObject value)
    {
        if (call.Hash("automatic_payment_methods") is not { } sent)
        {
            return;
        }

        value["automatic_payment_methods"] = sent.Is("enabled") && call.Has("payment_method_types")
            ? throw StripeException.Exclusive("automatic_payment_methods", "payment_method_types")
            : new JsonObject { ["allow_redirects"] = sent.Text("allow_redirects") ?? "always", ["enabled"] = sent.Is("enabled") };
    }

    /// <summary>Options are merged, type by type.</summary>
    public static void Merge(JsonObject options, JsonObject sent)
    {
        foreach (var (type, value) in sent)
        {
            foreach (var (name, _) in (value as JsonObject ?? []).Where(o => o.Value is JsonObject || !Taken.Contains(o.Key)))
            {
                throw StripeException.NotEmulated($"payment_method_options[{type}][{name}]");
            }

            if (value is not JsonObject fields || options[type] is not JsonObject present)
            {
                options[type] = value?.DeepClone();
                continue;
            }

            foreach (var (name, field) in fields)
            {
                present[name] = field?.DeepClone();
            }
        }
    }
}
