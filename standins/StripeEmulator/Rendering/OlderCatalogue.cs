using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>What is sold, its discounts and its taxes, as API versions before 2025-03-31.basil show them.</summary>
public static class OlderCatalogue
{
    public static void Render(Transaction tx, Stored stored, JsonObject json, bool oldest, string version)
    {
        json.Remove("customer_account");
        switch (stored.Kind)
        {
            case "product" when oldest:
                json.Remove("marketing_features");
                json["attributes"] = new JsonArray();
                break;
            case "price" when json["recurring"] is JsonObject recurring:
                Usage(recurring, oldest);
                break;
            case "plan":
                Usage(json, oldest);
                break;
            case "discount":
                Coupon(json, Discounts.CouponOf(stored), "source");
                if (oldest)
                {
                    json.Remove("subscription_item");
                }

                break;
            case "promotion_code":
                Coupon(json, tx.Find("coupon", PromotionCodes.CouponOf(stored)) is { } coupon ? Renderer.Present(tx, coupon, version) : stored.Inner["coupon"]!.AsObject(), "promotion");
                break;
            case "tax_rate":
                Rate(json, oldest);
                break;
            case "tax_id":
                (json["owner"] as JsonObject)?.Remove("customer_account");
                if (oldest)
                {
                    json.Remove("owner");
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Tax rates inside another object.</summary>
    public static void Rates(JsonNode? rates, bool oldest)
    {
        foreach (var rate in rates as JsonArray ?? [])
        {
            Rate(rate!.AsObject(), oldest);
        }
    }

    public static JsonArray TaxAmounts(JsonArray taxes) => [.. taxes.Select(t => new JsonObject
    {
        ["amount"] = t!["amount"]!.DeepClone(), ["inclusive"] = t["tax_behavior"]!.GetValue<string>() == "inclusive",
        ["tax_rate"] = t["tax_rate_details"]?["tax_rate"]?.DeepClone(),
        ["taxability_reason"] = t["taxability_reason"]!.GetValue<string>() is var reason && reason == "not_available" ? null : reason,
        ["taxable_amount"] = t["taxable_amount"]?.DeepClone(),
    })];

    /// <summary>The whole price behind a line or an item, or null when an amount was given.</summary>
    public static JsonObject? PriceOf(Transaction tx, JsonObject json, string version) =>
        (json["pricing"]?["price_details"]?["price"] as JsonValue)?.GetValue<string>() is { } id && tx.Find("price", id) is { } price ? Renderer.Present(tx, price, version) : null;

    private static void Coupon(JsonObject json, JsonObject coupon, string was)
    {
        json["coupon"] = coupon.Clone();
        json.Remove(was);
    }

    private static void Rate(JsonObject json, bool oldest)
    {
        json.Remove("flat_amount");
        json.Remove("rate_type");
        if (oldest)
        {
            json.Remove("jurisdiction_level");
        }
    }

    private static void Usage(JsonObject json, bool oldest)
    {
        json["aggregate_usage"] = null;
        if (oldest)
        {
            json.Remove("meter");
        }
    }
}
