using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary><c>billing_mode</c>: classic, or flexible, in which items may have intervals of their own and invoices with nothing on them are not made.</summary>
public static class BillingMode
{
    public static bool IsFlexible(Stored subscription) => subscription.Value["billing_mode"]!.AsObject().Text("type") == "flexible";

    /// <summary>The mode that a new subscription is to have: flexible is what a caller of 2025-09-30 or later gets unasked.</summary>
    public static JsonObject Read(Call call)
    {
        var sent = call.Hash("billing_mode");
        var type = sent?.Text("type") ?? (Versions.IsBeforeClover(call.Version) ? "classic" : "flexible");
        return Of(type, (sent?["flexible"] as JsonObject)?.Text("proration_discounts"), null);
    }

    /// <summary>POST /v1/subscriptions/{id}/migrate: from the classic billing mode to the flexible one; there is no way back.</summary>
    public static Reply Migrate(Call call)
    {
        var subscription = call.Named(SubscriptionView.Kind, param: "subscription");
        if (SubscriptionStates.IsOver(subscription))
        {
            throw StripeException.Invalid("A canceled subscription can only update its cancellation_details and metadata.");
        }

        if (IsFlexible(subscription))
        {
            throw StripeException.Invalid("This subscription's billing mode is flexible already.", "billing_mode[type]");
        }

        var change = new Change(call.Tx, subscription);
        var discounts = (call.Hash("billing_mode")!["flexible"] as JsonObject)?.Text("proration_discounts");
        call.Tx.Edit(subscription)["billing_mode"] = Of("flexible", discounts, call.Tx.Now);
        change.Emit("customer.subscription.updated");
        return subscription;
    }

    private static JsonObject Of(string type, string? discounts, long? updated)
    {
        var mode = new JsonObject { ["flexible"] = type == "flexible" ? new JsonObject { ["proration_discounts"] = discounts ?? "included" } : null, ["type"] = type };
        if (updated is { } time)
        {
            mode["updated_at"] = time;
        }

        return mode;
    }
}
