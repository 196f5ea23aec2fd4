using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A recurring price as the plan that older integrations know it by: the same id, other names, events of its own.</summary>
public static class Plans
{
    /// <summary>The plan, or null for a price that is not recurring. It is a view, not kept anywhere.</summary>
    public static Stored? Of(Stored price)
    {
        var value = price.Value;
        if (value["recurring"] is not JsonObject recurring)
        {
            return null;
        }

        return new Stored("plan", price.Id, price.Scope, price.Sequence, new JsonObject
        {
            ["id"] = price.Id, ["object"] = "plan", ["active"] = value["active"]?.DeepClone(), ["amount"] = value["unit_amount"]?.DeepClone(),
            ["amount_decimal"] = value["unit_amount_decimal"]?.DeepClone(), ["billing_scheme"] = value["billing_scheme"]?.DeepClone(),
            ["created"] = value["created"]?.DeepClone(), ["currency"] = value["currency"]?.DeepClone(), ["interval"] = recurring["interval"]?.DeepClone(),
            ["interval_count"] = recurring["interval_count"]?.DeepClone(), ["livemode"] = price.Scope.Livemode, ["metadata"] = value["metadata"]?.DeepClone(),
            ["meter"] = recurring["meter"]?.DeepClone(), ["nickname"] = value["nickname"]?.DeepClone(), ["product"] = value["product"]?.DeepClone(),
            ["tiers_mode"] = value["tiers_mode"]?.DeepClone(), ["transform_usage"] = value["transform_quantity"]?.DeepClone(),
            ["trial_period_days"] = recurring["trial_period_days"]?.DeepClone(), ["usage_type"] = recurring["usage_type"]?.DeepClone(),
        }, []);
    }
}
