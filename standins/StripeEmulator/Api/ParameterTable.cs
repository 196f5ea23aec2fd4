using System.Reflection;

namespace Marketplace.StripeEmulator.Api;

/// <summary>What one parameter may be. Several alternatives may hold at once: <c>''|object</c>.</summary>
public sealed class ParameterRule
{
    public bool Required { get; internal set; }

    /// <summary>An empty string unsets it.</summary>
    public bool Unsets { get; internal set; }

    public bool Number { get; internal set; }

    public bool Boolean { get; internal set; }

    public bool Text { get; internal set; }

    public bool Decimal { get; internal set; }

    public bool Any { get; internal set; }

    /// <summary>Free text keys and values: metadata.</summary>
    public bool Map { get; internal set; }

    public bool Object { get; internal set; }

    public string[] Values { get; internal set; } = [];

    public ParameterRule? Element { get; internal set; }

    public Dictionary<string, ParameterRule> Fields { get; } = new(StringComparer.Ordinal);
}

/// <summary>The parameters of every endpoint, read once from Tables/parameters.txt.</summary>
public static class ParameterTable
{
    private static readonly Dictionary<string, ParameterRule> Endpoints = Read("parameters.txt");

    public static IEnumerable<string> Names => Endpoints.Keys;

    /// <summary>Event names that an endpoint may ask for.</summary>
    public static HashSet<string> Events { get; } = [.. Lines("events.txt")];

    public static HashSet<string> Versions { get; } = [.. Lines("versions.txt")];

    /// <summary>The rule of an endpoint, e.g. <c>POST /v1/invoices/{}</c>.</summary>
    public static ParameterRule Of(string endpoint) =>
        Endpoints.GetValueOrDefault(endpoint) ?? throw new InvalidOperationException($"Tables/parameters.txt has no {endpoint}.");

    /// <summary>A rule for one parameter.</summary>
    public static ParameterRule Single(string name, string type)
    {
        var rule = new ParameterRule { Object = true };
        Add(rule, name, type, required: false);
        return rule;
    }

    private static Dictionary<string, ParameterRule> Read(string file)
    {
        var endpoints = new Dictionary<string, ParameterRule>(StringComparer.Ordinal);
        ParameterRule? current = null;
        foreach (var line in Lines(file))
        {
            if (line.Contains(" /v1/", StringComparison.Ordinal) || line.Contains(" /v2/", StringComparison.Ordinal))
            {
                endpoints[line] = current = new ParameterRule { Object = true };
                current.Fields["expand"] = new ParameterRule { Element = new ParameterRule { Text = true } };
            }
            else
            {
                var space = line.IndexOf(' ', StringComparison.Ordinal);
                Add(current!, line[..space].TrimStart('!'), line[(space + 1)..], line[0] == '!');
            }
        }

        return endpoints;
    }

    private static void Add(ParameterRule endpoint, string name, string type, bool required)
    {
        var rule = endpoint;
        var path = name.Replace("][", "[", StringComparison.Ordinal).TrimEnd(']').Split('[');
        foreach (var step in path)
        {
            rule = step.Length == 0 || step == "]" ? rule.Element ??= new ParameterRule { Object = true } : Child(rule, step.TrimEnd(']'));
        }

        rule.Required = required;
        Read(rule, type, path[^1]);
    }

    private static ParameterRule Child(ParameterRule parent, string name)
    {
        if (!parent.Fields.TryGetValue(name, out var child))
        {
            parent.Fields[name] = child = new ParameterRule();
        }

        return child;
    }

    private static void Read(ParameterRule rule, string type, string name)
    {
        var list = type.IndexOf("array<", StringComparison.Ordinal);
        if (list >= 0)
        {
            rule.Element ??= new ParameterRule();
            Read(rule.Element, type[(list + 6)..^1], "");
            type = type[..list].TrimEnd('|');
        }

        foreach (var part in type.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = part switch
            {
                "''" => rule.Unsets = true,
                "string" => rule.Text = true,
                "number" => rule.Number = true,
                "boolean" => rule.Boolean = true,
                "decimal-string" => rule.Decimal = true,
                "any" => rule.Any = true,
                "object" => rule.Object = true,
                _ => (rule.Values = [.. rule.Values, part]).Length > 0,
            };
        }

        // "string|a|b" is a list that may grow, not free text.
        rule.Text &= rule.Values.Length == 0;
        rule.Map = rule.Object && name.EndsWith("metadata", StringComparison.Ordinal);
    }

    /// <summary>The lines of a table, comments left out.</summary>
    public static IEnumerable<string> Lines(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line;
            }
        }
    }
}
