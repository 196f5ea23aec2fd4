using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Reading JSON objects without ceremony.</summary>
public static class JsonReading
{
    public static string? Text(this JsonObject json, string name) =>
        json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    public static long Long(this JsonObject json, string name) => json[name].Long();

    /// <summary>A number, whether it was written as int or long; 0 for nothing.</summary>
    public static long Long(this JsonNode? node) => node is not JsonValue value ? 0 : value.TryGetValue(out int small) ? small : value.GetValue<long>();

    public static bool Is(this JsonObject json, string name) => json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static JsonObject Clone(this JsonObject json) => json.DeepClone().AsObject();
}
