using System.Text.Json.Nodes;

namespace Marketplace.Isolation.Tests;

/// <summary>What a body's field takes.</summary>
public enum FieldKind
{
    /// <summary>A text, also one of certain words or a time.</summary>
    Text,

    /// <summary>A number, true or false.</summary>
    Value,

    /// <summary>Fields of its own.</summary>
    Parts,

    /// <summary>Several of something.</summary>
    List,

    /// <summary>Any JSON, as far as the description says.</summary>
    Any,
}

/// <summary>A field of a request's body, at whatever depth the description knows it.</summary>
/// <param name="Steps">Names of fields, and <c>[0]</c> for the first of several.</param>
public sealed record BodyField(IReadOnlyList<string> Steps, FieldKind Kind)
{
    private const int Deepest = 8;
    private const string Marker = "@here@";

    /// <summary>Its name as refusals write it: <c>quotas[0].limit</c>.</summary>
    public string Name => string.Join('.', Steps).Replace(".[", "[", StringComparison.Ordinal);

    /// <summary>Every field of an operation's body.</summary>
    public static IReadOnlyList<BodyField> Of(ApiDescription api, ApiOperation operation) =>
        operation.Description["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema ? [.. Walk(api, schema, [])] : [];

    /// <summary>A body with some JSON at this field; what leads there is made where the body has none of it.</summary>
    public string In(string body, string json)
    {
        var root = JsonNode.Parse(body)!;
        var at = root;
        for (var i = 0; i < Steps.Count; i++)
        {
            JsonNode? next = i == Steps.Count - 1 ? Marker : Steps[i + 1] == "[0]" ? new JsonArray((JsonNode?)null) : new JsonObject();
            if (at is JsonArray { Count: > 0 } list)
            {
                at = i < Steps.Count - 1 && list[0] is JsonObject or JsonArray ? list[0]! : list[0] = next;
            }
            else if (at is JsonObject map)
            {
                at = i < Steps.Count - 1 && map[Steps[i]] is { } there and (JsonObject or JsonArray { Count: > 0 }) ? there : map[Steps[i]] = next;
            }
        }

        return root.ToJsonString().Replace($"\"{Marker}\"", json, StringComparison.Ordinal);
    }

    /// <summary>Whether a refusal names this field, or what it is part of or has parts of.</summary>
    public bool IsNamedBy(string refusal)
    {
        var names = (JsonNode.Parse(refusal)?["errors"] as JsonObject ?? []).Select(error => error.Key).ToList();
        return names.Exists(name => name == Name || Within(Name, name) || Within(name, Name));
    }

    private static bool Within(string inner, string outer) =>
        outer.Length > 0 && inner.StartsWith(outer, StringComparison.Ordinal) && inner.Length > outer.Length && inner[outer.Length] is '.' or '[';

    private static IEnumerable<BodyField> Walk(ApiDescription api, JsonNode schema, IReadOnlyList<string> steps)
    {
        schema = Resolve(api, schema);
        if (steps.Count > Deepest)
        {
            yield break;
        }

        var types = schema["type"] switch { JsonArray several => several.Select(type => (string)type!).ToList(), JsonValue one => [(string)one!], _ => [] };
        var children = (schema["properties"] as JsonObject ?? []).Select(property => (Step: property.Key, Schema: property.Value!))
            .Concat(schema["items"] is JsonObject item ? [(Step: "[0]", Schema: (JsonNode)item)] : Array.Empty<(string Step, JsonNode Schema)>())
            .Concat(schema["additionalProperties"] is JsonObject { Count: > 0 } word ? [(Step: "word", Schema: (JsonNode)word)] : Array.Empty<(string Step, JsonNode Schema)>()).ToList();
        FieldKind? kind = schema["items"] is not null ? FieldKind.List
            : children.Count > 0 ? FieldKind.Parts
            : types.Contains("integer") || types.Contains("number") || types.Contains("boolean") ? FieldKind.Value
            : types.Contains("string") || schema["enum"] is not null ? FieldKind.Text
            : types.Count == 0 ? FieldKind.Any : null;
        if (kind is { } known && steps.Count > 0)
        {
            yield return new(steps, known);
        }

        foreach (var field in children.SelectMany(child => Walk(api, child.Schema, [.. steps, child.Step])))
        {
            yield return field;
        }
    }

    /// <summary>What a schema refers to, or the one of its choices that is not null.</summary>
    public static JsonNode Resolve(ApiDescription api, JsonNode schema)
    {
        while (true)
        {
            if ((string?)schema["$ref"] is { } reference)
            {
                schema = api.Document["components"]!["schemas"]![reference.Split('/')[^1]]!;
            }
            else if ((schema["oneOf"] ?? schema["anyOf"] ?? schema["allOf"]) is JsonArray choices && choices.FirstOrDefault(choice => (string?)(choice!["type"] as JsonValue) != "null") is { } choice)
            {
                schema = choice;
            }
            else
            {
                return schema;
            }
        }
    }
}
