using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Api;

/// <summary>
/// Turns what was sent into typed values, or refuses it in Stripe's words. An empty string that unsets becomes null,
/// so a handler tells "not sent" (absent) from "cleared" (null).
/// </summary>
public static class ParameterCheck
{
    // Empty is no value for these: they name an object or choose a behaviour.
    private static readonly HashSet<string> NeverEmpty =
        ["customer", "invoice", "currency", "payment_method", "url", "subscription", "price", "id", "query", "type", "starting_after", "ending_before", "product", "charge", "payment_intent", "test_clock"];

    public static JsonObject Check(ParameterRule endpoint, FormValue sent) => Fields(endpoint, sent, "");

    /// <summary>A parameter inside another one as messages name it: <c>card[number]</c> inside <c>payment_method_data</c> is <c>payment_method_data[card][number]</c>.</summary>
    public static string Name(string path, string name)
    {
        name = name.TrimStart(FormValue.Unnamed);
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        return path.Length == 0 ? name : bracket < 0 ? $"{path}[{name}]" : $"{path}[{name[..bracket]}]{name[bracket..]}";
    }

    private static JsonObject Fields(ParameterRule rule, FormValue sent, string path)
    {
        var unknown = sent.Fields.Where(f => !rule.Fields.ContainsKey(f.Name)).Select(f => Name(path, f.Name)).ToList();
        if (unknown.Count > 0)
        {
            throw StripeException.Invalid(
                $"Received unknown parameter{(unknown.Count > 1 ? "s" : "")}: {string.Join(", ", unknown)}", unknown[0], "parameter_unknown");
        }

        var values = new JsonObject();
        foreach (var (name, value) in sent.Fields)
        {
            values[name] = Value(rule.Fields[name], value, Name(path, name), name);
        }

        foreach (var (name, field) in rule.Fields)
        {
            if (field.Required && !values.ContainsKey(name))
            {
                throw StripeException.Missing(Name(path, name));
            }
        }

        return values;
    }

    private static JsonNode? Value(ParameterRule rule, FormValue sent, string path, string name)
    {
        if (rule.Any)
        {
            return Untyped(sent);
        }

        return sent.Text is { } text ? Scalar(rule, text, path, name) : Structure(rule, sent, path);
    }

    private static JsonNode? Scalar(ParameterRule rule, string text, string path, string name)
    {
        if (text.Length == 0)
        {
            return rule switch
            {
                { Unsets: true } => null,
                { Element: not null } => new JsonArray(),
                { Text: true, Required: false } when !NeverEmpty.Contains(name) => null,
                _ => throw Empty(path),
            };
        }

        if (rule.Number && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        if (rule.Boolean && bool.TryParse(text, out var flag))
        {
            return flag;
        }

        if (rule.Values.Contains(text) || rule.Text || (rule.Decimal && IsDecimal(text)))
        {
            if (name == "return_url")
            {
                WebAddress.Check(text, path);
            }

            return text;
        }

        throw rule switch
        {
            { Number: true, Values.Length: 0 } => StripeException.Invalid($"Invalid integer: {text}", path, "parameter_invalid_integer"),
            { Boolean: true } => StripeException.Invalid($"Invalid boolean: {text}", path),
            { Decimal: true } => StripeException.Invalid($"Invalid decimal: {text}", path),
            { Values.Length: > 0 } => StripeException.Invalid($"Invalid {path}: must be {Choice(rule.Values)}", path),
            { Element: not null } => StripeException.Invalid("Invalid array", path),
            _ => StripeException.Invalid("Invalid object", path),
        };
    }

    private static JsonNode Structure(ParameterRule rule, FormValue sent, string path)
    {
        if (rule.Element is { } element)
        {
            return List(element, sent, path);
        }

        if (rule.Map)
        {
            return Metadata(sent, path);
        }

        if (rule.Object)
        {
            return rule.Fields.Count == 0 ? Untyped(sent)! : Fields(rule, sent, path);
        }

        throw StripeException.Invalid($"Invalid {(rule.Number ? "integer" : rule.Boolean ? "boolean" : "string")}: {Shown(sent)}", path, rule.Number ? "parameter_invalid_integer" : null);
    }

    private static JsonArray List(ParameterRule element, FormValue sent, string path)
    {
        var list = new JsonArray();
        var numbered = sent.Fields.All(f => !f.Name.StartsWith(FormValue.Unnamed));
        var expected = 0;
        foreach (var (name, value) in numbered ? sent.Fields.OrderBy(f => f.Name.Length).ThenBy(f => f.Name, StringComparer.Ordinal) : sent.Fields.AsEnumerable())
        {
            if (numbered && name != expected.ToString(CultureInfo.InvariantCulture))
            {
                throw StripeException.Invalid(
                    $"Invalid array: when passing an array with explicit keys (e.g. foo[0]=a&foo[1]=b) instead of as an array (e.g. foo[]=a&foo[]=b), the keys must be numeric and sequential starting from 0. You passed the keys `{name}`, we expected to have a key with the value `{expected}`.",
                    path);
            }

            if (value.Text is { Length: 0 })
            {
                throw Empty($"{path}[{expected}]");
            }

            list.Add(Value(element, value, $"{path}[{expected}]", ""));
            expected++;
        }

        return list;
    }

    private static JsonObject Metadata(FormValue sent, string path)
    {
        if (sent.Fields.Count > 50)
        {
            throw StripeException.Invalid($"Metadata can have at most 50 keys; you passed {sent.Fields.Count}.", path);
        }

        var map = new JsonObject();
        foreach (var (name, value) in sent.Fields)
        {
            if (name.StartsWith(FormValue.Unnamed))
            {
                throw StripeException.Invalid("Invalid object", path);
            }

            if (value.Text is not { } text)
            {
                throw StripeException.Invalid("Metadata values must be strings, but for key `" + name + "` you passed in a value of type `hash`", path);
            }

            if (name.Length > 40)
            {
                throw StripeException.Invalid($"Metadata keys can be at most 40 characters; you passed in a key of {name.Length} characters. Invalid key: {name}", path);
            }

            if (text.Length > 500)
            {
                throw StripeException.Invalid($"Metadata values can have up to 500 characters, but you passed in a value that is {text.Length} characters. Invalid value: {text}", path);
            }

            map[name] = text.Length == 0 ? null : text;
        }

        return map;
    }

    private static JsonNode? Untyped(FormValue sent)
    {
        if (sent.Text is { } text)
        {
            return text;
        }

        return new JsonObject(sent.Fields.Select(f => KeyValuePair.Create(f.Name, Untyped(f.Value))));
    }

    private static StripeException Empty(string path) => StripeException.Invalid(
        $"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; however '{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty value.",
        path,
        "parameter_invalid_empty");

    private static string Choice(string[] values) => values.Length switch
    {
        1 => values[0],
        2 => $"one of {values[0]} or {values[1]}",
        _ => $"one of {string.Join(", ", values[..^1])}, or {values[^1]}",
    };

    private static bool IsDecimal(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);

    private static string Shown(FormValue sent) => sent.Fields.All(f => f.Name.StartsWith(FormValue.Unnamed))
        ? "[" + string.Join(", ", sent.Fields.Select(f => $"\"{f.Value.Text ?? "{...}"}\"")) + "]"
        : "{" + string.Join(", ", sent.Fields.Select(f => $"\"{f.Name}\"=>\"{f.Value.Text ?? "{...}"}\"")) + "}";
}
