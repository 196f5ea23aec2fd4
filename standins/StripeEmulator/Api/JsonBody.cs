using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Bodies of /v2 are JSON; they become the same values as a form, so that one table of parameters checks both.</summary>
public static class JsonBody
{
    public static bool Speaks(HttpRequest request) => !HttpMethods.IsGet(request.Method) && request.Path.StartsWithSegments("/v2", StringComparison.Ordinal);

    public static async Task<FormValue> Parse(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        var root = new FormValue();
        if (string.IsNullOrWhiteSpace(text))
        {
            return root;
        }

        try
        {
            if (JsonNode.Parse(text) is not JsonObject body)
            {
                throw StripeException.Invalid("Invalid request body: expected a JSON object.");
            }

            Fill(root, body);
            return root;
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            throw StripeException.Invalid("Invalid request body: could not parse JSON.");
        }
    }

    private static void Fill(FormValue target, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    Fill(target.Field(name), value);
                }

                break;
            case JsonArray list:
                for (var at = 0; at < list.Count; at++)
                {
                    Fill(target.Field(at.ToString(System.Globalization.CultureInfo.InvariantCulture)), list[at]);
                }

                break;
            default:
                target.SetText(node?.ToString() ?? "");
                break;
        }
    }
}
