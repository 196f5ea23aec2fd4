using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Control;

/// <summary>Two services may give one name to two shapes. In the merged document the second one's gets a longer name, and so does every shape that leads to it.</summary>
internal static class SchemaNames
{
    private const string Prefix = "#/components/schemas/";

    /// <summary>Which of a service's schemas need another name beside the ones that are there, and which.</summary>
    public static Dictionary<string, string> Renamed(JsonObject present, JsonObject own, string service)
    {
        var clashing = own.Where(s => present[s.Key] is { } other && !JsonNode.DeepEquals(other, s.Value)).Select(s => s.Key).ToHashSet(StringComparer.Ordinal);

        // A shape that looks alike in both but leads to one that differs is not the same shape.
        while (own.FirstOrDefault(s => present.ContainsKey(s.Key) && !clashing.Contains(s.Key) && References(s.Value).Any(clashing.Contains)) is { Key: not null and var alike })
        {
            clashing.Add(alike);
        }

        var longer = $"{char.ToUpperInvariant(service[0])}{service[1..]}";
        return clashing.ToDictionary(name => name, name => $"{longer}{name}", StringComparer.Ordinal);
    }

    /// <summary>Makes references, also those of discriminators, follow the new names.</summary>
    public static void Apply(JsonNode? node, Dictionary<string, string> renamed)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map.ToList())
                {
                    if (Target(value) is { } name && renamed.TryGetValue(name, out var other))
                    {
                        map[key] = Prefix + other;
                    }
                    else
                    {
                        Apply(value, renamed);
                    }
                }

                break;
            case JsonArray list:
                foreach (var value in list)
                {
                    Apply(value, renamed);
                }

                break;
        }
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(entry => References(entry.Value)),
        JsonArray list => list.SelectMany(References),
        _ => Target(node) is { } name ? [name] : [],
    };

    private static string? Target(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : null;
}
