using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>What is sold, as API versions before 2025-03-31.basil show it.</summary>
public static class OlderCatalogue
{
    public static void Render(string kind, JsonObject json, bool oldest)
    {
        if (kind == "product" && oldest)
        {
            json.Remove("marketing_features");
            json["attributes"] = new JsonArray();
        }

        if (kind == "price" && json["recurring"] is JsonObject recurring)
        {
            Usage(recurring, oldest);
        }

        if (kind == "plan")
        {
            Usage(json, oldest);
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
