using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>The objects behind the pages: their addresses, what they show only when asked, and how older versions show them.</summary>
public static class PageObjects
{
    /// <summary>The part of a configuration that holds its products.</summary>
    public const string Products = PortalConfigurations.Kind + ".features.subscription_update";

    public static void Complete(Transaction tx, Stored stored, JsonObject json, string version)
    {
        switch (stored.Kind)
        {
            case PortalSessions.Kind:
                PortalSessions.Complete(tx, stored, json);
                break;
            case PortalConfigurations.Kind:
                PortalConfigurations.Complete(tx, stored, json);
                break;
            default:
                CheckoutSessions.Complete(tx, stored, json);
                if (Versions.IsBeforeDahlia(version))
                {
                    json["ui_mode"] = json.Text("ui_mode") switch { "hosted_page" => "hosted", "embedded_page" => "embedded", "elements" => "custom", var mode => mode };
                }

                break;
        }
    }

    /// <summary>Puts in what is shown only when expanded: a session's lines, the products of a configuration.</summary>
    public static void Include(Transaction tx, JsonObject body, string kind, string version)
    {
        if (kind == CheckoutSessions.Kind)
        {
            body["line_items"] = CheckoutSessions.Embedded(tx, body.Text("id")!, version);
            return;
        }

        var configuration = body.Parent!.Parent!.AsObject().Text("id")!;
        body["products"] = PortalConfigurations.Feature(tx.Store.Find(configuration)!, "subscription_update")["products"]?.DeepClone();
        foreach (var product in Versions.IsBeforeBasil(version) && body["products"] is JsonArray products ? products : [])
        {
            product!.AsObject().Remove("adjustable_quantity");
        }
    }

    /// <summary>Before 2025-03-31.basil.</summary>
    public static void Older(Stored stored, JsonObject json, bool oldest)
    {
        switch (stored.Kind)
        {
            case PortalConfigurations.Kind:
                Configuration(stored, json, oldest);
                break;
            case PortalSessions.Kind when oldest:
                (json["flow"]?["subscription_cancel"] as JsonObject)?.Remove("retention");
                break;
            case CheckoutSessions.Kind:
                Session(json, oldest);
                break;
            case CheckoutSessions.LineKind:
                Fields.Remove(json, "adjustable_quantity", "metadata");
                break;
            default:
                break;
        }
    }

    private static void Configuration(Stored stored, JsonObject json, bool oldest)
    {
        json.Remove("name");
        var features = json["features"]!.AsObject();
        features["payment_method_update"]!.AsObject().Remove("payment_method_configuration");
        Fields.Remove(features["subscription_update"]!.AsObject(), "billing_cycle_anchor", "schedule_at_period_end", "trial_update_behavior");
        if (oldest)
        {
            features["subscription_update"]!["products"] = PortalConfigurations.Feature(stored, "subscription_update")["products"]?.DeepClone();
            features["subscription_pause"] = new JsonObject { ["enabled"] = false };
        }
    }

    private static void Session(JsonObject json, bool oldest)
    {
        Fields.Remove(
            json, "adaptive_pricing", "collected_information", "discounts", "integration_identifier", "managed_payments", "origin_context", "permissions", "wallet_options");
        json["shipping_details"] = null;
        json["automatic_tax"]!.AsObject().Remove("provider");
        Fields.Remove(json["customer_details"] as JsonObject ?? [], "business_name", "individual_name");
        if (json["invoice_creation"]?["invoice_data"] is JsonObject data)
        {
            (data["rendering_options"] as JsonObject)?.Remove("template");
            if (oldest)
            {
                data.Remove("issuer");
            }
        }

        if (oldest)
        {
            json["automatic_tax"]!.AsObject().Remove("liability");
            Fields.Remove(json, "client_secret", "payment_method_configuration_details", "redirect_on_completion", "return_url", "saved_payment_method_options", "ui_mode");
            Fields.Remove(json["custom_text"]!.AsObject(), "after_submit", "terms_of_service_acceptance");
        }
    }
}
