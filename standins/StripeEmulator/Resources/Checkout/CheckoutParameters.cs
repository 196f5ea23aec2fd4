using System.Net.Mail;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Which parameters go together in a new checkout session, and what becomes of some of them.</summary>
public static class CheckoutParameters
{
    public const long LongestSeconds = 86_400;

    private const long ShortestSeconds = 1_800;

    private static readonly string[] NotEmulated =
    [
        "after_expiration", "branding_settings", "consent_collection", "custom_fields", "custom_text", "customer_account", "name_collection", "optional_items", "payment_method_configuration",
        "payment_method_data", "payment_method_options", "permissions", "saved_payment_method_options", "shipping_address_collection", "shipping_options", "wallet_options",
    ];

    // The switches that the emulator takes only when they are off.
    private static readonly string[] OnlyOff = ["adaptive_pricing", "managed_payments", "tax_id_collection"];

    private static readonly (string Param, string[] Modes)[] ByMode =
    [
        ("payment_intent_data", ["payment"]), ("subscription_data", ["subscription"]), ("setup_intent_data", ["setup"]), ("invoice_creation", ["payment"]),
        ("line_items", ["payment", "subscription"]), ("discounts", ["payment", "subscription"]), ("allow_promotion_codes", ["payment", "subscription"]),
        ("customer_creation", ["payment", "setup"]), ("submit_type", ["payment", "subscription"]), ("payment_method_collection", ["subscription"]),
    ];

    private static readonly (string First, string Second)[] Exclusive =
        [("customer", "customer_email"), ("customer", "customer_creation"), ("allow_promotion_codes", "discounts")];

    public static void Check(Call call, string mode)
    {
        Parameters.NotEmulated(call, NotEmulated);
        foreach (var name in OnlyOff.Where(n => call.Hash(n)?.Is("enabled") == true))
        {
            throw StripeException.NotEmulated($"{name}[enabled]");
        }

        if (mode != "subscription" && call.Hash("automatic_tax")?.Is("enabled") == true)
        {
            throw StripeException.NotEmulated("automatic_tax[enabled]");
        }

        if (call.Hash("customer_update") is { } update && (update["shipping"] is not null || !call.Has("customer")))
        {
            throw update["shipping"] is not null
                ? StripeException.NotEmulated("customer_update[shipping]")
                : StripeException.Invalid("`customer_update` can only be used with `customer`.", "customer_update");
        }

        foreach (var (param, modes) in ByMode)
        {
            if (call.Has(param) && !modes.Contains(mode))
            {
                throw StripeException.Invalid($"You can not pass `{param}` in `{mode}` mode.", param);
            }
        }

        foreach (var (first, second) in Exclusive)
        {
            if (call.Has(first) && call.Has(second))
            {
                throw StripeException.Exclusive(first, second);
            }
        }

        if (mode != "setup" && call.Params["line_items"] is not JsonArray { Count: > 0 })
        {
            throw StripeException.Missing("line_items");
        }

        if (mode == "setup" && !call.Has("currency") && !call.Has("payment_method_types"))
        {
            throw StripeException.Missing("currency");
        }

        if (call.Text("customer_email") is { } email && !MailAddress.TryCreate(email, out _))
        {
            throw StripeException.Invalid($"Invalid email address: {email}", "customer_email", "email_invalid");
        }

        if (call.Text("client_reference_id")?.Length > 200)
        {
            throw StripeException.TooLong("client_reference_id", 200);
        }

        Addresses(call);
        Expiry(call);
        foreach (var name in (string[])["application_fee_amount", "on_behalf_of", "transfer_data", "application_fee_percent", "pending_invoice_item_interval", "billing_cycle_anchor", "billing_cycle_anchor_config"])
        {
            foreach (var data in (string[])["payment_intent_data", "subscription_data", "setup_intent_data"])
            {
                if (call.Hash(data)?[name] is not null)
                {
                    throw StripeException.NotEmulated($"{data}[{name}]");
                }
            }
        }
    }

    /// <summary>Whose the page is; hosted unless said otherwise.</summary>
    public static string UiMode(Call call) => call.Text("ui_mode") ?? "hosted_page";

    public static JsonArray Types(Call call)
    {
        var types = call.Params["payment_method_types"] is JsonArray { Count: > 0 } asked ? asked.Select(t => t!.GetValue<string>()) : ["card"];
        var excluded = (call.Params["excluded_payment_method_types"] as JsonArray ?? []).Select(t => t!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        var left = types.Where(t => !excluded.Contains(t)).ToList();
        return left.Find(t => !PaymentMethods.Types.Contains(t)) is { } unknown
            ? throw StripeException.Invalid($"The Stripe emulator does not support payment methods of type '{unknown}'.", "payment_method_types")
            : left.Count == 0
                ? throw StripeException.Invalid("No payment method types are left for this Checkout Session.", "excluded_payment_method_types")
                : new JsonArray([.. left.Select(t => (JsonNode)t)]);
    }

    public static JsonObject? Saved(Stored? customer) => customer is null ? null : new JsonObject
    {
        ["allow_redisplay_filters"] = new JsonArray("always"), ["payment_method_remove"] = "disabled", ["payment_method_save"] = null,
    };

    public static JsonObject InvoiceCreation(JsonObject? sent)
    {
        var data = Parameters.Shape(sent?["invoice_data"] as JsonObject ?? [], "account_tax_ids", "custom_fields", "description", "footer", "issuer", "metadata", "rendering_options")!;
        data["metadata"] ??= new JsonObject();
        if (data["rendering_options"] is JsonObject rendering)
        {
            data["rendering_options"] = Parameters.Shape(rendering, "amount_tax_display", "template");
        }

        return new JsonObject { ["enabled"] = sent?.Is("enabled") ?? false, ["invoice_data"] = data };
    }

    private static void Addresses(Call call)
    {
        var (hosted, never) = (UiMode(call) == "hosted_page", call.Text("redirect_on_completion") == "never");
        foreach (var name in hosted ? (string[])["return_url", "redirect_on_completion"] : ["success_url", "cancel_url"])
        {
            if (call.Has(name))
            {
                throw StripeException.Invalid($"`{name}` is not supported when `ui_mode` is set to `{UiMode(call)}`.", name);
            }
        }

        if (hosted && !call.Has("success_url"))
        {
            throw StripeException.Missing("success_url");
        }

        if (!hosted && never == call.Has("return_url"))
        {
            throw never ? StripeException.Invalid("You cannot pass `return_url` when `redirect_on_completion` is `never`.", "return_url") : StripeException.Missing("return_url");
        }

        foreach (var name in (string[])["success_url", "cancel_url", "return_url"])
        {
            WebAddress.Check(call.Text(name), name);
        }
    }

    private static void Expiry(Call call)
    {
        if (call.Number("expires_at") is { } time && (time < call.Tx.Now + ShortestSeconds || time > call.Tx.Now + LongestSeconds))
        {
            throw StripeException.Invalid(
                time < call.Tx.Now + ShortestSeconds
                    ? "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
                    : "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
                "expires_at");
        }
    }
}
