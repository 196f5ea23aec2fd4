using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What a value may be: one of several alternatives. Lines of Schemas/*.txt say it.</summary>
public sealed class Shape
{
    private readonly List<string> scalars = [];
    private readonly List<Shape> objects = [];
    private readonly List<string> names = [];
    private HashSet<string>? values;

    /// <summary>The fields of a closed object; false are those that may be absent.</summary>
    public Dictionary<string, (bool Required, Shape Shape)> Fields { get; } = new(StringComparer.Ordinal);

    private Shape? Element { get; set; }

    private Shape? Each { get; set; }

    private Shape? Listed { get; set; }

    /// <summary>Reads a type such as <c>null|[string|@tax_id]</c>; the lines below it, further indented, are handed over as <paramref name="inside"/>.</summary>
    public static Shape Read(string text, Shape inside)
    {
        var shape = new Shape();
        foreach (var part in Parts(text))
        {
            switch (part[0])
            {
                case '=':
                    (shape.values ??= new HashSet<string>(StringComparer.Ordinal)).UnionWith(part[1..].Split(','));
                    break;
                case '@':
                    shape.names.Add(part[1..]);
                    break;
                case '[':
                    shape.Element = Read(part[1..^1], inside);
                    break;
                case '{':
                    shape.Each = Read(part[1..^1], inside);
                    break;
                case 'l' when part.StartsWith("list<", StringComparison.Ordinal):
                    shape.Listed = Read(part[5..^1], inside);
                    break;
                case 'o' when part == "object":
                    shape.objects.Add(inside);
                    break;
                default:
                    shape.scalars.Add(part);
                    break;
            }
        }

        return shape;
    }

    /// <summary>What is wrong with the value, in words; nothing when it fits an alternative.</summary>
    public List<string> Wrong(JsonNode? value, string path, IReadOnlyDictionary<string, Shape> known)
    {
        if (scalars.Exists(s => Fits(s, value)) || (values is not null && value is JsonValue && values.Contains(value.ToString())))
        {
            return [];
        }

        List<string>? best = null;
        foreach (var found in Tried(value, path, known))
        {
            if (best is null || found.Count < best.Count)
            {
                best = found;
            }

            if (found.Count == 0)
            {
                return found;
            }
        }

        return best ?? [$"{path} is {Show(value)}, not {this}"];
    }

    /// <summary>What is wrong with the fields of a closed object.</summary>
    public List<string> WrongFields(JsonObject json, string path, IReadOnlyDictionary<string, Shape> known)
    {
        var wrong = Fields.Where(f => f.Value.Required && !json.ContainsKey(f.Key)).Select(f => $"{path}.{f.Key} is missing").ToList();
        foreach (var (name, value) in json)
        {
            if (Fields.TryGetValue(name, out var field))
            {
                wrong.AddRange(field.Shape.Wrong(value, $"{path}.{name}", known));
            }
            else
            {
                wrong.Add($"{path}.{name} is not Stripe's");
            }
        }

        return wrong;
    }

    public override string ToString() => string.Join(" or ", scalars
        .Concat(values is null ? [] : [string.Join('/', values)])
        .Concat(names)
        .Concat(Element is null ? [] : ["an array"])
        .Concat(Each is null && objects.Count == 0 ? [] : ["an object"])
        .Concat(Listed is null ? [] : ["a list"]));

    private IEnumerable<List<string>> Tried(JsonNode? value, string path, IReadOnlyDictionary<string, Shape> known)
    {
        if (value is JsonArray array && Element is not null)
        {
            yield return [.. array.SelectMany(e => Element.Wrong(e, path + "[]", known))];
        }

        if (value is not JsonObject json)
        {
            yield break;
        }

        foreach (var shape in objects.Concat(names.Select(n => known[n])))
        {
            yield return shape.WrongFields(json, path, known);
        }

        if (Each is not null)
        {
            yield return [.. json.SelectMany(f => Each.Wrong(f.Value, $"{path}.{f.Key}", known))];
        }

        if (Listed is not null)
        {
            yield return json["object"]?.ToString() == "list" && json["has_more"] is JsonValue && json["url"] is JsonValue && json["data"] is JsonArray data
                ? [.. data.SelectMany(e => Listed.Wrong(e, path + ".data[]", known))]
                : [$"{path} is not a list"];
        }
    }

    private static bool Fits(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("any", _) => true,
        ("null", var kind) => kind == JsonValueKind.Null,
        ("string", var kind) => kind == JsonValueKind.String,
        ("number", var kind) => kind == JsonValueKind.Number,
        ("boolean", var kind) => kind is JsonValueKind.True or JsonValueKind.False,
        ("open", var kind) => kind == JsonValueKind.Object,
        _ => throw new InvalidOperationException($"There is no type {type}."),
    };

    private static IEnumerable<string> Parts(string text)
    {
        var (depth, from) = (0, 0);
        for (var at = 0; at <= text.Length; at++)
        {
            if (at == text.Length || (text[at] == '|' && depth == 0))
            {
                yield return text[from..at];
                from = at + 1;
            }
            else
            {
                depth += text[at] is '[' or '{' or '<' ? 1 : text[at] is ']' or '}' or '>' ? -1 : 0;
            }
        }
    }

    private static string Show(JsonNode? value) => value?.ToJsonString() is { } text ? text[..Math.Min(40, text.Length)] : "null";
}
