using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>
/// The fields that Stripe's objects have in three API versions, as the official Node clients type them: closed objects, required
/// fields, types and enums. Parts that the emulator does not fill are open. Every answer of the suite is held against them.
/// </summary>
public static class Shapes
{
    public const string Newest = "2026-07-29.dahlia";

    private static readonly Dictionary<string, JsonObject> Versions = new[] { "2022-11-15", "2024-06-20", Newest }.ToDictionary(v => v, Read, StringComparer.Ordinal);

    /// <summary>Fails when the body is not what Stripe sends: an object of a known kind, or a list of them.</summary>
    public static void Check(JsonNode? body, string version = Newest)
    {
        if (body is not JsonObject json || json.ContainsKey("deleted") || json["object"] is not { } kind || !Versions.TryGetValue(version, out var schema))
        {
            return;
        }

        if (kind.GetValue<string>() is "list" or "search_result")
        {
            foreach (var element in json["data"]!.AsArray())
            {
                Check(element, version);
            }

            return;
        }

        var root = kind.GetValue<string>() switch { "line_item" => "invoice_line_item", "item" => "checkout_line_item", var same => same };
        if (schema["roots"]![root] is { } name)
        {
            var wrong = new List<string>();
            Check(schema, new JsonObject { ["$ref"] = name.GetValue<string>() }, json, root, wrong);
            Assert.True(wrong.Count == 0, $"In {version}: {string.Join("; ", wrong)}");
        }
    }

    private static void Check(JsonObject schema, JsonObject rule, JsonNode? value, string path, List<string> wrong)
    {
        if (rule["$ref"] is { } reference)
        {
            Check(schema, schema["defs"]![reference.GetValue<string>()]!.AsObject(), value, path, wrong);
        }
        else if (rule["anyOf"] is JsonArray choices)
        {
            var best = choices.Select(choice =>
            {
                var tried = new List<string>();
                Check(schema, choice!.AsObject(), value, path, tried);
                return tried;
            }).MinBy(tried => tried.Count)!;
            wrong.AddRange(best);
        }
        else if (rule["enum"] is JsonArray values)
        {
            Note(values.Any(v => JsonNode.DeepEquals(v, value)), $"{path} is {Show(value)}, not one of {values.ToJsonString()}", wrong);
        }
        else if (rule["type"]?.GetValue<string>() is { } type && Typed(type, value, path, wrong))
        {
            Inside(schema, rule, value, path, wrong);
        }
    }

    private static void Inside(JsonObject schema, JsonObject rule, JsonNode? value, string path, List<string> wrong)
    {
        if (value is JsonArray list && rule["items"] is JsonObject each)
        {
            foreach (var element in list)
            {
                Check(schema, each, element, path + "[]", wrong);
            }
        }

        if (value is not JsonObject json || rule["properties"] is not JsonObject properties)
        {
            return;
        }

        foreach (var name in rule["required"]?.AsArray().Select(n => n!.GetValue<string>()) ?? [])
        {
            Note(json.ContainsKey(name), $"{path}.{name} is missing", wrong);
        }

        foreach (var (name, field) in json)
        {
            if (properties[name] is JsonObject known)
            {
                Check(schema, known, field, $"{path}.{name}", wrong);
            }
            else
            {
                Note(rule["additionalProperties"] is not JsonValue closed || closed.GetValue<bool>(), $"{path}.{name} is not Stripe's", wrong);
            }
        }
    }

    private static bool Typed(string type, JsonNode? value, string path, List<string> wrong)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        var fits = type switch
        {
            "null" => kind == JsonValueKind.Null,
            "string" => kind == JsonValueKind.String,
            "number" => kind == JsonValueKind.Number,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "array" => kind == JsonValueKind.Array,
            _ => kind == JsonValueKind.Object,
        };
        Note(fits, $"{path} is {Show(value)}, not {type}", wrong);
        return fits;
    }

    private static void Note(bool holds, string message, List<string> wrong)
    {
        if (!holds)
        {
            wrong.Add(message);
        }
    }

    private static string Show(JsonNode? value) => value?.ToJsonString() is { } text ? text[..Math.Min(40, text.Length)] : "null";

    // One file per version, and one more for the objects behind the pages.
    private static JsonObject Read(string version)
    {
        var whole = new JsonObject { ["roots"] = new JsonObject(), ["defs"] = new JsonObject() };
        foreach (var name in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n => n == version + ".json" || n.StartsWith(version + ".", StringComparison.Ordinal) && n.EndsWith(".json", StringComparison.Ordinal)))
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
            foreach (var (part, entries) in JsonNode.Parse(stream)!.AsObject())
            {
                foreach (var (key, value) in entries!.AsObject())
                {
                    whole[part]![key] ??= value!.DeepClone();
                }
            }
        }

        return whole;
    }
}
