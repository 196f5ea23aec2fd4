using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Questions;

/// <summary>What a plan may ask a subscriber: a JSON schema of the subset that docs/decisions/0019 states. It is checked whole when a plan is written, so
/// that answering never meets a keyword that nobody evaluates; what refers to elsewhere, or could make an evaluation run away, is not in it.</summary>
public sealed partial class QuestionSchema
{
    private const int MaxLength = 16_384;
    private const int MaxDepth = 5;
    private const int MaxLevels = 20;
    private const int MaxQuestions = 100;
    private const int MaxPattern = 200;
    private const int MaxOptions = 100;

    private static readonly FrozenDictionary<string, string[]> OfType = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["string"] = ["minLength", "maxLength", "pattern", "format"],
        ["number"] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
        ["integer"] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
        ["array"] = ["items", "minItems", "maxItems", "uniqueItems"],
        ["object"] = ["properties", "required", "additionalProperties"],
        ["boolean"] = [],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly string[] OfAny = ["type", "title", "description", "default", "examples", "enum", "const"];
    private static readonly string[] Formats = ["email", "uri", "date", "date-time", "uuid"];
    private static readonly string[] Dialects = ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema"];
    private static readonly string Supported = string.Join(", ", OfAny.Concat(OfType.Values.SelectMany(k => k)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private int questions;

    /// <summary>Why the schema cannot be a plan's questions, with the path of what is wrong; or null.</summary>
    public static ProblemHttpResult? Refusal(JsonElement? schema) => schema switch
    {
        null => null,
        { ValueKind: not JsonValueKind.Object } => Problems.QuestionsInvalid("questions", "Questions are a JSON schema: an object."),
        { } given when given.GetRawText().Length > MaxLength => Problems.QuestionsInvalid("questions", $"Questions have at most {MaxLength} characters."),
        { } given => new QuestionSchema().OfRoot(given),
    };

    /// <summary>The schema as it is stored and announced.</summary>
    public static string? Store(JsonElement? schema) => schema is { } given ? JsonSerializer.Serialize(given) : null;

    /// <summary>A stored schema as it is answered.</summary>
    public static JsonElement? Show(string? stored) => stored is null ? null : JsonSerializer.Deserialize<JsonElement>(stored);

    private ProblemHttpResult? OfRoot(JsonElement schema) =>
        Unreadable(schema, "questions", 1)
        ?? (schema.TryGetProperty("type", out var type) && Is(type, "object") && schema.TryGetProperty("properties", out _) ? null
            : Problems.QuestionsInvalid("questions.type", "Questions are the 'properties' of a schema of type 'object'."))
        ?? OfSchema(schema, "questions", 1);

    private ProblemHttpResult? OfSchema(JsonElement schema, string path, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return Problems.QuestionsInvalid(path, "A question is an object.");
        }

        if (depth > MaxDepth)
        {
            return Problems.QuestionsInvalid(path, $"Questions are nested at most {MaxDepth} deep.");
        }

        var type = schema.TryGetProperty("type", out var named) ? named : default;
        if (type.ValueKind != JsonValueKind.String || !OfType.TryGetValue(type.GetString()!, out var keywords))
        {
            return Problems.QuestionsInvalid($"{path}.type", $"A question has one type of {string.Join(", ", OfType.Keys.Order(StringComparer.Ordinal))}.");
        }

        foreach (var keyword in schema.EnumerateObject())
        {
            var at = $"{path}.{keyword.Name}";
            if (depth == 1 && keyword.Name == "$schema")
            {
                if (keyword.Value.ValueKind != JsonValueKind.String || !Dialects.Contains(keyword.Value.GetString()))
                {
                    return Problems.QuestionsInvalid(at, $"Known dialects are {string.Join(", ", Dialects.Take(2))}.");
                }

                continue;
            }

            if (!OfAny.Contains(keyword.Name) && !keywords.Contains(keyword.Name))
            {
                return OfType.Values.Any(k => k.Contains(keyword.Name))
                    ? Problems.QuestionsInvalid(at, $"'{keyword.Name}' says nothing about the type '{type.GetString()}'.")
                    : Problems.QuestionsUnsupported(at, keyword.Name, Supported);
            }

            if ((OfKeyword(keyword, at, depth) ?? OfBounds(schema, keyword, at)) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private ProblemHttpResult? OfKeyword(JsonProperty keyword, string path, int depth)
    {
        var value = keyword.Value;
        return keyword.Name switch
        {
            "title" or "description" when value.ValueKind != JsonValueKind.String || !PlainTextAttribute.Fits(value.GetString()!) || value.GetString()!.Length > 1000 =>
                Problems.QuestionsInvalid(path, "Must be 1 to 1000 characters of text, without control characters."),
            "enum" when value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxOptions || !value.EnumerateArray().All(IsScalar) =>
                Problems.QuestionsInvalid(path, $"Must be a list of 1 to {MaxOptions} texts, numbers, true, false or null."),
            "const" when !IsScalar(value) => Problems.QuestionsInvalid(path, "Must be a text, a number, true, false or null."),
            "examples" when value.ValueKind != JsonValueKind.Array => Problems.QuestionsInvalid(path, "Must be a list."),
            "minLength" or "maxLength" or "minItems" or "maxItems" when value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var count) || count < 0 =>
                Problems.QuestionsInvalid(path, "Must be a whole number from 0 on."),
            "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" when value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out _) =>
                Problems.QuestionsInvalid(path, "Must be a number."),
            "multipleOf" when value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out var step) || step <= 0 => Problems.QuestionsInvalid(path, "Must be a number above zero."),
            "uniqueItems" or "additionalProperties" when value.ValueKind is not (JsonValueKind.True or JsonValueKind.False) => Problems.QuestionsInvalid(path, "Must be true or false."),
            "format" when value.ValueKind != JsonValueKind.String || !Formats.Contains(value.GetString()) => Problems.QuestionsInvalid(path, $"Must be one of {string.Join(", ", Formats)}."),
            "pattern" => OfPattern(value, path),
            "items" => OfSchema(value, path, depth + 1),
            "properties" => OfProperties(value, path, depth),
            _ => null,
        };
    }

    // What asks for the impossible would keep everybody from subscribing.
    private static ProblemHttpResult? OfBounds(JsonElement schema, JsonProperty keyword, string path) => keyword.Name switch
    {
        "minLength" => NotAbove(schema, keyword, "maxLength", path),
        "minItems" => NotAbove(schema, keyword, "maxItems", path),
        "minimum" => NotAbove(schema, keyword, "maximum", path),
        "required" => OfRequired(schema, keyword.Value, path),
        "enum" when !keyword.Value.EnumerateArray().All(option => IsOf(schema, option)) => Problems.QuestionsInvalid(path, "Has an option that is not of the question's type."),
        "const" when !IsOf(schema, keyword.Value) => Problems.QuestionsInvalid(path, "Is not of the question's type."),
        _ => null,
    };

    private static bool IsOf(JsonElement schema, JsonElement option) => (schema.GetProperty("type").GetString(), option.ValueKind) switch
    {
        ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => option.TryGetDecimal(out var number) && decimal.IsInteger(number),
        _ => false,
    };

    private static ProblemHttpResult? NotAbove(JsonElement schema, JsonProperty least, string most, string path) =>
        schema.TryGetProperty(most, out var bound) && bound.ValueKind == JsonValueKind.Number && bound.TryGetDecimal(out var top) && least.Value.GetDecimal() > top
            ? Problems.QuestionsInvalid(path, $"Is above {most}: nothing could fit.") : null;

    private static ProblemHttpResult? OfRequired(JsonElement schema, JsonElement required, string path)
    {
        var names = required.ValueKind == JsonValueKind.Array && required.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String)
            ? required.EnumerateArray().Select(n => n.GetString()!).ToList() : null;
        return names is null ? Problems.QuestionsInvalid(path, "Must be a list of names.")
            : names.Find(name => !(schema.TryGetProperty("properties", out var known) && known.ValueKind == JsonValueKind.Object && known.TryGetProperty(name, out _))) is { } unknown
                ? Problems.QuestionsInvalid(path, $"'{unknown}' is required and not among the properties.") : null;
    }

    private ProblemHttpResult? OfProperties(JsonElement properties, string path, int depth)
    {
        if (properties.ValueKind != JsonValueKind.Object)
        {
            return Problems.QuestionsInvalid(path, "Must be an object of questions.");
        }

        foreach (var property in properties.EnumerateObject())
        {
            if (!Name().IsMatch(property.Name))
            {
                return Problems.QuestionsInvalid(path, "A question's name begins with a letter and has at most 64 letters, digits, '_' and '-'.");
            }

            if (++questions > MaxQuestions)
            {
                return Problems.QuestionsInvalid(path, $"A plan asks at most {MaxQuestions} questions.");
            }

            if (OfSchema(property.Value, $"{path}.{property.Name}", depth + 1) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    // Without backtracking the time grows with pattern and text, not with their combinations. What cannot be matched so, or only by an automaton
    // of more than 10,000 states, the framework refuses to make.
    private static ProblemHttpResult? OfPattern(JsonElement pattern, string path)
    {
        if (pattern.ValueKind != JsonValueKind.String || pattern.GetString()! is not { Length: <= MaxPattern } text)
        {
            return Problems.QuestionsInvalid(path, $"Must be a regular expression of at most {MaxPattern} characters.");
        }

        try
        {
            _ = new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return Problems.QuestionsInvalid(path, "Is no regular expression that can be matched in linear time: without look-around, references back and thousands of repetitions.");
        }
    }

    // JSON can spell texts that are none (half a surrogate pair, a zero) and numbers that no column holds, name a thing twice, and nest what has no meaning here so deeply
    // that no list which shows it could be written.
    private static ProblemHttpResult? Unreadable(JsonElement value, string path, int level)
    {
        if (level > MaxLevels)
        {
            return Problems.QuestionsInvalid(path, $"Questions have at most {MaxLevels} levels of JSON.");
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return IsText(value.GetString) ? null : Problems.QuestionsInvalid(path, "Must be text.");
            case JsonValueKind.Number:
                return DecimalNumber.Fits(value) ? null : Problems.QuestionsInvalid(path, DecimalNumber.Refusal);
            case JsonValueKind.Array:
                return value.EnumerateArray().Select((item, i) => Unreadable(item, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]", level + 1)).FirstOrDefault(r => r is not null);
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var property in value.EnumerateObject())
                {
                    if (!IsText(() => property.Name) || !names.Add(property.Name))
                    {
                        return Problems.QuestionsInvalid(path, "Names are texts, each given once.");
                    }

                    if (Unreadable(property.Value, $"{path}.{property.Name}", level + 1) is { } refusal)
                    {
                        return refusal;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    private static bool IsText(Func<string?> read)
    {
        try
        {
            return read()?.Contains('\0') == false;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsScalar(JsonElement value) => value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object);

    private static bool Is(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.GetString() == text;

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_-]{0,63}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
