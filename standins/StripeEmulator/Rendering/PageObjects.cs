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

    public static void Complete(Transaction tx, Stored stored, JsonObject json)
    {
        if (stored.Kind == PortalSessions.Kind)
        {
            PortalSessions.Complete(tx, stored, json);
        }
        else
        {
            PortalConfigurations.Complete(tx, stored, json);
        }
    }

    /// <summary>Puts the products of a configuration, which it shows only when expanded, into its part.</summary>
    public static void Include(Transaction tx, JsonObject update, string version)
    {
        var configuration = update.Parent!.Parent!.AsObject().Text("id")!;
        update["products"] = PortalConfigurations.Feature(tx.Store.Find(configuration)!, "subscription_update")["products"]?.DeepClone();
        foreach (var product in Versions.IsBeforeBasil(version) && update["products"] is JsonArray products ? products : [])
        {
            product!.AsObject().Remove("adjustable_quantity");
        }
    }

    /// <summary>Before 2025-03-31.basil.</summary>
    public static void Older(Stored stored, JsonObject json, bool oldest)
    {
        if (stored.Kind == PortalConfigurations.Kind)
        {
            json.Remove("name");
            var features = json["features"]!.AsObject();
            features["payment_method_update"]!.AsObject().Remove("payment_method_configuration");
            foreach (var name in (string[])["billing_cycle_anchor", "schedule_at_period_end", "trial_update_behavior"])
            {
                features["subscription_update"]!.AsObject().Remove(name);
            }

            if (oldest)
            {
                features["subscription_update"]!["products"] = PortalConfigurations.Feature(stored, "subscription_update")["products"]?.DeepClone();
                features["subscription_pause"] = new JsonObject { ["enabled"] = false };
            }
        }
    }
}
