using System.Globalization;
using System.Net.Mail;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marketplace.ServiceDefaults;

namespace Marketplace.Subscriptions;

/// <summary>Holds a subscriber's answers against the questions of a plan: a JSON schema of the subset that Catalog accepts when a plan is written
/// (docs/decisions/0019). Every fault is told with its field; nothing that is asked or answered can make the check run away: sizes are bounded,
/// patterns run without backtracking and against the clock.</summary>
public sealed class AnswerCheck
{
    private const int MaxLength = 16_384;
    private const int MaxFaults = 50;
    private const int MaxLevels = 20;
    private readonly Dictionary<string, List<string>> faults = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the answers, by field; empty when nothing is.</summary>
    public static IReadOnlyDictionary<string, string[]> Faults(string questions, JsonElement? answers)
    {
        using var schema = JsonDocument.Parse(questions);
        using var none = JsonDocument.Parse("{}");
        var check = new AnswerCheck();
        var given = answers is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } sent ? sent : none.RootElement;
        if (given.GetRawText().Length > MaxLength)
        {
            check.Fault("answers", $"Answers have at most {MaxLength} characters.");
        }
        else if (check.Readable(given, "answers", 1))
        {
            check.Check(schema.RootElement, given, "answers");
        }

        return check.faults.ToDictionary(f => f.Key, f => f.Value.ToArray(), StringComparer.Ordinal);
    }

    private void Check(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !Is(type.GetString()!, value))
        {
            Fault(path, $"Must be {type.GetString() switch { "integer" => "a whole number", "array" => "a list", "object" => "an object", "boolean" => "true or false", "number" => "a number", _ => "a text" }}.");
            return;
        }

        if (schema.TryGetProperty("enum", out var options) && !options.EnumerateArray().Any(option => JsonElement.DeepEquals(option, value)))
        {
            Fault(path, $"Must be one of {options.GetRawText()}.");
        }

        if (schema.TryGetProperty("const", out var only) && !JsonElement.DeepEquals(only, value))
        {
            Fault(path, $"Must be {only.GetRawText()}.");
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.String: CheckText(schema, value.GetString()!, path); break;
            case JsonValueKind.Number: CheckNumber(schema, value, path); break;
            case JsonValueKind.Array: CheckList(schema, value, path); break;
            case JsonValueKind.Object: CheckObject(schema, value, path); break;
            default: break;
        }
    }

    private static bool Is(string type, JsonElement value) => (type, value.ValueKind) switch
    {
        ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) or ("array", JsonValueKind.Array) or ("object", JsonValueKind.Object)
            or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => value.TryGetDecimal(out var number) && number == decimal.Truncate(number),
        _ => false,
    };

    private void CheckText(JsonElement schema, string text, string path)
    {
        // Characters as people count them: a pair of surrogates is one.
        var length = text.EnumerateRunes().Count();
        Limit(schema, "minLength", least => length < least, path, least => $"Must have at least {least} characters.");
        Limit(schema, "maxLength", most => length > most, path, most => $"Must have at most {most} characters.");
        if (schema.TryGetProperty("pattern", out var pattern) && !Fits(pattern.GetString()!, text))
        {
            Fault(path, $"Must match the pattern {pattern.GetString()}.");
        }

        if (schema.TryGetProperty("format", out var format) && !IsOf(format.GetString()!, text))
        {
            Fault(path, $"Must be of the form '{format.GetString()}'.");
        }
    }

    // Without backtracking the time grows with the text's length alone; a limit of time would refuse right answers on a busy machine.
    private static bool Fits(string pattern, string text) => Regex.IsMatch(text, AtEndOnly(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // To JSON schema '$' is the end of the text; to .NET also the place before a line break that ends it.
    private static string AtEndOnly(string pattern)
    {
        var rewritten = new StringBuilder(pattern.Length);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                rewritten.Append(pattern, i++, 2);
                continue;
            }

            inClass = pattern[i] switch { '[' => true, ']' => false, _ => inClass };
            rewritten.Append(pattern[i] == '$' && !inClass ? "\\z" : pattern[i].ToString());
        }

        return rewritten.ToString();
    }

    private static bool IsOf(string format, string text) => format switch
    {
        "email" => MailAddress.TryCreate(text, out var address) && address.Address == text && address.Host.Contains('.'),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https",
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date-time" => text.Contains('T') && DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _),
        _ => Guid.TryParseExact(text, "D", out _),
    };

    private void CheckNumber(JsonElement schema, JsonElement value, string path)
    {
        var number = value.GetDecimal();
        Limit(schema, "minimum", least => number < least, path, least => $"Must be at least {least}.");
        Limit(schema, "maximum", most => number > most, path, most => $"Must be at most {most}.");
        Limit(schema, "exclusiveMinimum", bound => number <= bound, path, bound => $"Must be more than {bound}.");
        Limit(schema, "exclusiveMaximum", bound => number >= bound, path, bound => $"Must be less than {bound}.");
        Limit(schema, "multipleOf", step => number % step != 0, path, step => $"Must be a multiple of {step}.");
    }

    private void CheckList(JsonElement schema, JsonElement value, string path)
    {
        var length = value.GetArrayLength();
        Limit(schema, "minItems", least => length < least, path, least => $"Must have at least {least} entries.");
        Limit(schema, "maxItems", most => length > most, path, most => $"Must have at most {most} entries.");
        if (schema.TryGetProperty("uniqueItems", out var unique) && unique.GetBoolean()
            && value.EnumerateArray().Select((item, i) => value.EnumerateArray().Take(i).Any(other => JsonElement.DeepEquals(item, other))).Contains(true))
        {
            Fault(path, "Must have no entry twice.");
        }

        if (schema.TryGetProperty("items", out var items))
        {
            for (var i = 0; i < length && faults.Count < MaxFaults; i++)
            {
                Check(items, value[i], $"{path}[{i}]");
            }
        }
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _)))
            {
                Fault($"{path}.{name}", "An answer is required.");
            }
        }

        var known = schema.TryGetProperty("properties", out var properties) ? properties : default;
        var closed = schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.False;
        foreach (var property in value.EnumerateObject())
        {
            if (known.ValueKind == JsonValueKind.Object && known.TryGetProperty(property.Name, out var question))
            {
                Check(question, property.Value, $"{path}.{property.Name}");
            }
            else if (closed)
            {
                Fault($"{path}.{property.Name}", "Nothing of this name is asked.");
            }
        }
    }

    // JSON can spell texts that are none (half a surrogate pair, a zero), numbers that nothing can compare, a name given twice, and in what nobody asked for
    // it can nest so deeply that no list of subscriptions could be written.
    private bool Readable(JsonElement value, string path, int level)
    {
        if (level > MaxLevels)
        {
            return Fault(path, $"Answers have at most {MaxLevels} levels.");
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return IsText(value) || Fault(path, "Must be text without control characters.");
            case JsonValueKind.Number:
                return DecimalNumber.Fits(value) || Fault(path, DecimalNumber.Refusal);
            case JsonValueKind.Array:
                return value.EnumerateArray().Select((item, i) => (item, i)).All(entry => Readable(entry.item, $"{path}[{entry.i}]", level + 1));
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var property in value.EnumerateObject())
                {
                    if (NameOf(property) is not { } name || !names.Add(name))
                    {
                        return Fault(path, "Names are texts of at most 64 characters, each given once.");
                    }

                    if (!Readable(property.Value, $"{path}.{name}", level + 1))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return true;
        }
    }

    private static bool IsText(JsonElement value)
    {
        try
        {
            return value.GetString()!.All(c => !char.IsControl(c) || c is '\n' or '\r' or '\t');
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name is { Length: > 0 and <= 64 } name && !name.Any(char.IsControl) ? name : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Limit(JsonElement schema, string keyword, Func<decimal, bool> broken, string path, Func<decimal, string> say)
    {
        if (schema.TryGetProperty(keyword, out var limit) && broken(limit.GetDecimal()))
        {
            Fault(path, say(limit.GetDecimal()));
        }
    }

    private bool Fault(string path, string what)
    {
        if (faults.TryGetValue(path, out var known))
        {
            known.Add(what);
        }
        else if (faults.Count < MaxFaults)
        {
            faults[path] = [what];
        }

        return false;
    }
}
