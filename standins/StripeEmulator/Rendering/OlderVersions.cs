using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>The same objects as API versions before 2025-03-31.basil show them (2024-06-20, and 2022-11-15 with less).</summary>
public static class OlderVersions
{
    public static JsonObject Render(Transaction tx, Stored stored, JsonObject json, string version)
    {
        var oldest = Versions.IsBefore2023(version);
        json.Remove("customer_account");
        switch (stored.Kind)
        {
            case "invoice":
                Invoice(tx, stored, json, oldest, version);
                break;
            case "line_item":
                Line(tx, stored, json, oldest, version);
                break;
            case "invoiceitem":
                Item(tx, json, oldest, version);
                break;
            case "payment_intent":
                Fields.Remove(json, "excluded_payment_method_types", "allowed_payment_method_types", "managed_payments");
                json["invoice"] = stored.Inner.Text("invoice");
                if (json.Text("cancellation_reason") == "expired")
                {
                    json["cancellation_reason"] = "automatic";
                }

                if (json["last_payment_error"]?["payment_method"] is JsonObject tried)
                {
                    Method(tried, oldest);
                }

                if (oldest)
                {
                    json.Remove("payment_method_configuration_details");
                }

                break;
            case "payment_method":
                Method(json, oldest);
                break;
            case "charge":
                json["invoice"] = stored.Inner.Text("invoice");
                Charge(json, oldest);
                if (oldest)
                {
                    (json["destination"], json["dispute"]) = (null, null);
                    json["refunds"] ??= new JsonObject { ["object"] = "list", ["data"] = new JsonArray(), ["has_more"] = false, ["url"] = $"/v1/charges/{stored.Id}/refunds" };
                }

                break;
            case "refund" or "setup_intent" or "dispute" or "balance_transaction" or "setup_attempt":
                OlderPayments.Render(stored, json, oldest);
                break;
            case "customer_balance_transaction":
                json.Remove("checkout_session");
                break;
            case PortalConfigurations.Kind or PortalSessions.Kind or CheckoutSessions.Kind or CheckoutSessions.LineKind:
                PageObjects.Older(stored, json, oldest);
                break;
            case "customer":
                Fields.Remove(json, "business_name", "individual_name");
                if (json["discount"] is JsonObject discount && tx.Find("discount", discount.Text("id")!) is { } held)
                {
                    OlderCatalogue.Render(tx, held, discount, oldest, version);
                }

                break;
            case Time.TestClocks.Kind when oldest:
                json.Remove("status_details");
                break;
            case "credit_note":
                OlderCreditNotes.Render(json, oldest);
                break;
            case "product" or "price" or "plan" or "discount" or "promotion_code" or "tax_rate" or "tax_id":
                OlderCatalogue.Render(tx, stored, json, oldest, version);
                break;
            case "subscription" or "subscription_item":
                OlderSubscriptions.Render(tx, stored, json, oldest, version);
                break;
            default:
                break;
        }

        return json;
    }

    private static void Invoice(Transaction tx, Stored stored, JsonObject json, bool oldest, string version)
    {
        var intent = tx.Store.Referring("invoice_payment", "invoice", stored.Id)
            .FirstOrDefault(p => p.Value.Is("is_default"))?.Value["payment"]?.AsObject().Text("payment_intent");
        var taxes = json["total_taxes"]?.DeepClone().AsArray() ?? [];
        OlderCatalogue.Rates(json["default_tax_rates"], oldest);
        var subscription = json["parent"]?["subscription_details"]?["subscription"]?.GetValue<string>();
        Fields.Remove(json, "amount_overpaid", "amount_paid_off_stripe", "confirmation_secret", "parent", "payments", "total_taxes", "total_pretax_credit_amounts");
        json["application_fee_amount"] = null;
        json["charge"] = intent is null ? null : tx.Store.Find(intent)?.Value.Text("latest_charge");
        json["discount"] = json["discounts"] is JsonArray { Count: 1 } discounts && tx.Find("discount", discounts[0]!.GetValue<string>()) is { } only ? Renderer.Present(tx, only, version) : null;
        json["paid"] = json.Text("status") == "paid";
        json["paid_out_of_band"] = stored.Inner.Is("paid_out_of_band");
        json["payment_intent"] = intent;
        json["quote"] = null;
        json["subscription"] = subscription;
        json["subscription_details"] = new JsonObject { ["metadata"] = null };
        json["tax"] = taxes.Count > 0 ? taxes.Sum(t => t!["amount"].Long()) : null;
        json["total_tax_amounts"] = OlderCatalogue.TaxAmounts(taxes);
        json["transfer_data"] = null;
        if (json["automatic_tax"] is JsonObject tax)
        {
            Fields.Remove(tax, "provider", "disabled_reason");
            if (oldest)
            {
                tax.Remove("liability");
            }
        }

        if (oldest)
        {
            Fields.Remove(json, "automatically_finalizes_at", "issuer", "rendering");
            json["rendering_options"] = null;
        }

        json["lines"] = Renderer.Embedded(tx, Resources.InvoiceView.Lines(tx, stored.Id), $"/v1/invoices/{stored.Id}/lines", version);
    }

    /// <summary>The account, which is not stored.</summary>
    public static JsonObject Account(JsonObject json, string version)
    {
        if (!Versions.IsBeforeBasil(version))
        {
            return json;
        }

        var (profile, settings) = (json["business_profile"]!.AsObject(), json["settings"]!.AsObject());
        profile.Remove("minority_owned_business_designation");
        Fields.Remove(settings["invoices"]!.AsObject(), "hosted_payment_method_save");
        if (Versions.IsBefore2023(version))
        {
            Fields.Remove(profile, "annual_revenue", "estimated_worker_count");
            settings.Remove("invoices");
            Fields.Remove(settings["bacs_debit_payments"]!.AsObject(), "service_user_number", "display_name");
        }

        return json;
    }

    private static void Charge(JsonObject json, bool oldest)
    {
        Fields.Remove(json["billing_details"]!.AsObject(), "tax_id");
        Fields.Remove(json["outcome"]!.AsObject(), "advice_code", "network_advice_code", "network_decline_code");
        if (json["payment_method_details"]!["card"] is JsonObject card)
        {
            Fields.Remove(card, "network_transaction_id", "regulated_status", "transaction_link_id");
            if (oldest)
            {
                Fields.Remove(card, "amount_authorized", "authorization_code");
                Fields.Remove(card["three_d_secure"] as JsonObject ?? [], "electronic_commerce_indicator", "exemption_indicator", "transaction_id");
            }
        }

        if (oldest)
        {
            Fields.Remove(json["payment_method_details"]!["us_bank_account"] as JsonObject ?? [], "payment_reference", "mandate");
        }
    }

    internal static void Method(JsonObject json, bool oldest)
    {
        json.Remove("customer_account");
        Fields.Remove(json["billing_details"]!.AsObject(), "tax_id");
        if (json["card"] is JsonObject card)
        {
            card.Remove("regulated_status");
        }

        if (oldest)
        {
            json.Remove("allow_redisplay");
            Fields.Remove(json["card"] as JsonObject ?? [], "display_brand", "generated_from");
        }
    }

    private static void Line(Transaction tx, Stored stored, JsonObject json, bool oldest, string version)
    {
        var taxes = json["taxes"]?.DeepClone().AsArray() ?? [];
        var price = OlderCatalogue.PriceOf(tx, json, version);
        var item = InvoiceLines.ItemOf(stored);
        var (own, kind) = (OlderSubscriptions.Parent(json), json["parent"]!["type"]!.GetValue<string>() == "subscription_item_details" && item is null ? "subscription" : "invoiceitem");
        var (amount, quantity) = (json.Long("amount"), json["quantity"] is null ? 1 : json.Long("quantity"));
        Fields.Remove(json, "parent", "pricing", "taxes", "subtotal", "quantity_decimal", "pretax_credit_amounts");
        json["amount_excluding_tax"] = amount - taxes.Where(t => t!["tax_behavior"]!.GetValue<string>() == "inclusive").Sum(t => t!["amount"].Long());
        if (item is not null)
        {
            json["invoice_item"] = item;
        }

        (json["plan"], json["price"]) = (OlderSubscriptions.Plan(tx, price, version), price);
        json["proration"] = own?.Is("proration") ?? false;
        if (own?.Text("subscription_item") is { } subscribed)
        {
            json["subscription_item"] = subscribed;
        }

        json["proration_details"] = new JsonObject { ["credited_items"] = null };
        json["tax_amounts"] = OlderCatalogue.TaxAmounts(taxes);
        json["tax_rates"] = stored.Inner["tax_rates"]?.DeepClone() ?? new JsonArray();
        OlderCatalogue.Rates(json["tax_rates"], oldest);
        json["type"] = kind;
        json["unit_amount_excluding_tax"] = ((decimal)amount / (quantity == 0 ? 1 : quantity)).ToString("0.############", CultureInfo.InvariantCulture);
        if (oldest)
        {
            json.Remove("invoice");
        }
    }

    private static void Item(Transaction tx, JsonObject json, bool oldest, string version)
    {
        var (price, subscribed) = (OlderCatalogue.PriceOf(tx, json, version), json["parent"]?["subscription_details"] as JsonObject);
        OlderCatalogue.Rates(json["tax_rates"], oldest);
        var unit = json["pricing"]?["unit_amount_decimal"]?.GetValue<string>();
        Fields.Remove(json, "parent", "pricing", "net_amount", "proration_details", "quantity_decimal");
        (json["plan"], json["price"], json["subscription"]) = (OlderSubscriptions.Plan(tx, price, version), price, subscribed?.Text("subscription"));
        if (subscribed?.Text("subscription_item") is { } of)
        {
            json["subscription_item"] = of;
        }

        json["unit_amount_decimal"] = unit;
        json["unit_amount"] = long.TryParse(unit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null;
    }
}
