using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>Subscriptions and their items as API versions before 2025-03-31.basil show them: the period is the subscription's, not each item's.</summary>
public static class OlderSubscriptions
{
    public static void Render(Transaction tx, Stored stored, JsonObject json, bool oldest, string version)
    {
        if (stored.Kind == SubscriptionView.ItemKind)
        {
            Fields.Remove(json, "current_period_end", "current_period_start", "billed_until");
            OlderCatalogue.Rates(json["tax_rates"], oldest);
            if (oldest)
            {
                json.Remove("discounts");
            }

            return;
        }

        var items = SubscriptionView.Items(tx, stored);
        json["current_period_start"] = items.Count == 0 ? json.Long("created") : items.Max(i => i.Value.Long("current_period_start"));
        json["current_period_end"] = items.Count == 0 ? json.Long("created") : items.Min(i => i.Value.Long("current_period_end"));
        var discount = json["discounts"] is JsonArray { Count: > 0 } held ? tx.Find("discount", held[0]!.GetValue<string>()) : null;
        json["discount"] = discount is null ? null : Renderer.Present(tx, discount, version);
        Fields.Remove(json, "billing_mode", "billing_schedules", "managed_payments");
        OlderCatalogue.Rates(json["default_tax_rates"], oldest);
        Fields.Remove(json["invoice_settings"]!.AsObject(), "custom_fields", "description", "footer");
        Fields.Remove(json["automatic_tax"]!.AsObject(), "disabled_reason");
        if (json["pending_update"] is JsonObject pending)
        {
            Fields.Remove(pending, "discount", "discounts", "metadata");
            foreach (var item in (pending["subscription_items"] as JsonArray ?? []).Select(i => i!.AsObject()))
            {
                Fields.Remove(item, "current_period_end", "current_period_start");
            }
        }

        if (oldest)
        {
            Fields.Remove(json, "billing_cycle_anchor_config", "discounts", "invoice_settings");
            json["automatic_tax"]!.AsObject().Remove("liability");
        }
    }

    /// <summary>The details of a line's parent.</summary>
    public static JsonObject? Parent(JsonObject line) =>
        line["parent"]?["subscription_item_details"] as JsonObject ?? line["parent"]?["invoice_item_details"] as JsonObject;

    /// <summary>The plan of a price that is shown already.</summary>
    public static JsonObject? Plan(Transaction tx, JsonNode? price, string version) =>
        price is JsonObject shown && tx.Find("price", shown.Text("id")!) is { } found && Plans.Of(found) is { } plan ? Renderer.Present(tx, plan, version) : null;
}
