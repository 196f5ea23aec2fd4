using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Isolation.Tests;

/// <summary>Makes up requests from the description and the table: the n-th of a seed is always the same one, but for the ids that it names.</summary>
public sealed class FuzzGenerator(ApiDescription api, World world, long seed)
{
    // Each costs a password hash of a fifth of a second, which is on purpose.
    private static readonly string[] Slow = ["POST /v1/users", "POST /v1/sessions", "POST /v1/users/reset-password", "POST /v1/me/password", "POST /v1/me/second-factor"];
    private static readonly string[] ContentTypes = ["text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=none", "multipart/form-data", "application/x-www-form-urlencoded", ""];
    private readonly ILookup<string, AccessRow> rows = AccessTable.Read().ToLookup(row => row.Route);
    private readonly ApiOperation[] operations = [.. api.Operations.Where(o => AccessTable.Read().Any(row => row.Route == o.Route)).OrderBy(o => o.Path, StringComparer.Ordinal).ThenBy(o => o.Method, StringComparer.Ordinal)];

    /// <summary>The request of that number.</summary>
    public async Task<FuzzRequest> Make(int number)
    {
        var random = new Random(HashOf(number));
        var operation = Pick(random, operations);
        if (Slow.Contains(operation.Route) && random.Next(10) > 0)
        {
            operation = Pick(random, operations);
        }

        var row = rows[operation.Route].Skip(random.Next(Math.Max(1, rows[operation.Route].Count()))).First();
        var filled = (await world.Fill($"{row.Path}\n{row.Body}", fresh: false, thing => thing == "self" ? "self@example.com" : null, spare: true)).Split('\n');
        var (content, type) = Body(random, operation, filled[1]);
        return new(number, row, CallerOf(random, row), row.Method, Target(random, operation, filled[0]), content, type, [.. Headers(random, row.Method)]);
    }

    // The same in every process, unlike GetHashCode.
    private int HashOf(int number)
    {
        var mixed = unchecked((ulong)seed + ((ulong)number * 0x9E3779B97F4A7C15));
        mixed = unchecked((mixed ^ (mixed >> 31)) * 0xD6E8FEB86659FD93);
        return (int)(mixed >> 32);
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    private static string CallerOf(Random random, AccessRow row)
    {
        var letIn = row.Cells.Where(c => c.Value == "ok" && c.Key != "machine").Select(c => c.Key).ToList();
        return letIn.Count > 0 && random.Next(20) > 0 ? Pick(random, letIn) : Pick(random, ["owner", "consumer_admin", "operator"]);
    }

    private static string Target(Random random, ApiOperation operation, string path)
    {
        var parts = path.Split('?')[0].Split('/');
        var template = operation.Path.Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            if (template[i].StartsWith('{') && random.Next(8) == 0)
            {
                parts[i] = Pick(random, Hostile.UrlTexts);
            }
        }

        var query = new List<string>();
        foreach (var filter in operation.Filters.Where(_ => random.Next(3) == 0))
        {
            query.Add($"{filter}={(random.Next(2) == 0 ? Pick(random, Hostile.UrlTexts) : Pick(random, ["1", "100", "0", "active", "2026-01-01T00:00:00Z", "a", ""]))}");
        }

        if (path.Contains('?', StringComparison.Ordinal))
        {
            query.Add(path.Split('?')[1]);
        }

        if (random.Next(20) == 0)
        {
            query.Add($"{Pick(random, ["unknown", "limit", "cursor", "%00"])}={Pick(random, Hostile.UrlTexts)}");
        }

        return string.Join('/', parts) + (query.Count > 0 ? "?" + string.Join('&', query) : "");
    }

    private (byte[]? Content, string? Type) Body(Random random, ApiOperation operation, string good)
    {
        if (operation.Method is "GET" or "DELETE" && random.Next(20) > 0)
        {
            return (null, null);
        }

        var schema = operation.Description["requestBody"]?["content"]?["application/json"]?["schema"];
        var text = random.Next(10) switch
        {
            0 => Pick(random, Hostile.Bodies),
            1 or 2 or 3 when schema is not null => FromSchema(random, schema, 0),
            4 when schema is not null => Mutate(random, FromSchema(random, schema, 0)),
            _ when good.Length > 0 => Mutate(random, good),
            _ when schema is not null => Mutate(random, FromSchema(random, schema, 0)),
            _ => random.Next(2) == 0 ? "" : "{}",
        };
        var content = Encoding.UTF8.GetBytes(text);
        if (content.Length > 0 && random.Next(40) == 0)
        {
            content[random.Next(content.Length)] = (byte)random.Next(256);
        }

        return (content, random.Next(40) == 0 ? Pick(random, ContentTypes) : "application/json");
    }

    private static IEnumerable<(string Name, string Value)> Headers(Random random, HttpMethod method)
    {
        if (method == HttpMethod.Post && random.Next(10) == 0)
        {
            yield return ("Idempotency-Key", Pick(random, ["", "a", "é", "../..", "\"", new string('k', 300), $"key-{random.Next(50)}", "%00"]));
        }

        if (method != HttpMethod.Post && method != HttpMethod.Get && random.Next(10) > 0)
        {
            yield return ("If-Match", Pick(random, ["*", "*", "*", "\"1\"", "\"99\"", "W/\"1\"", "1", "\"", "\"9223372036854775808\"", "é"]));
        }
    }

    // A good body with one to three things wrong.
    private static string Mutate(Random random, string good)
    {
        var text = good;
        for (var i = random.Next(4); i > 0; i--)
        {
            try
            {
                text = Parsed(text) is JsonObject map ? Mutate(random, map, text) : text;
            }
            catch (InvalidOperationException)
            {
                // Half a surrogate pair stands in it already, which can be sent but not written again.
                break;
            }
        }

        return text;
    }

    private static string Mutate(Random random, JsonObject map, string text)
    {
        if (random.Next(6) == 0 || map.Count == 0)
        {
            return text.Insert(1, Pick(random, Hostile.Claims) + (map.Count > 0 ? "," : ""));
        }

        // The object that is changed may stand deep inside.
        var inner = map;
        while (random.Next(2) == 0 && Pick(random, [.. inner]).Value is { } below)
        {
            if ((below as JsonObject ?? (below as JsonArray)?.OfType<JsonObject>().FirstOrDefault()) is not { Count: > 0 } deeper)
            {
                break;
            }

            inner = deeper;
        }

        var key = Pick(random, [.. inner.Select(p => p.Key)]);
        if (random.Next(6) == 0)
        {
            inner.Remove(key);
            return map.ToJsonString();
        }

        const string Marker = "\"\\u0002\"";
        inner[key] = "\u0002";
        var hostile = random.Next(2) == 0 ? Pick(random, Hostile.JsonTexts) : random.Next(4) == 0 ? Hostile.Number(random.NextInt64(long.MinValue, long.MaxValue)) : Pick(random, Hostile.JsonValues);
        var changed = map.ToJsonString().Replace(Marker, hostile, StringComparison.Ordinal);
        return random.Next(12) == 0 ? changed.Insert(1, $"{JsonSerializer.Serialize(key)}:{hostile},") : changed;
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string FromSchema(Random random, JsonNode schema, int depth)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            schema = api.Document["components"]!["schemas"]![reference.Split('/')[^1]]!;
        }

        if (schema["oneOf"] is JsonArray choices)
        {
            return FromSchema(random, Pick(random, [.. choices])!, depth + 1);
        }

        if (schema["enum"] is JsonArray words && random.Next(8) > 0)
        {
            return Pick(random, [.. words])?.ToJsonString() ?? "null";
        }

        if (schema["type"] is null && schema["properties"] is null && schema["enum"] is null)
        {
            return Pick(random, Hostile.FreeJson);
        }

        var types = schema["type"] is JsonArray several ? [.. several.Select(t => (string)t!)] : new[] { (string?)schema["type"] ?? "object" };
        return depth > 6 ? "null" : Pick(random, types) switch
        {
            "object" => Object(random, schema, depth),
            "array" => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => FromSchema(random, schema["items"]!, depth + 1)))}]",
            "integer" or "number" => random.Next(4) == 0 ? Pick(random, Hostile.JsonValues) : Hostile.Number(random.Next(-2, 200)),
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "null" => "null",
            _ => random.Next(4) == 0 ? Pick(random, Hostile.JsonTexts) : Text(random),
        };
    }

    private string Object(Random random, JsonNode schema, int depth)
    {
        var properties = (schema["properties"]?.AsObject() ?? []).Where(_ => random.Next(5) > 0).Select(p => $"{JsonSerializer.Serialize(p.Key)}:{Property(random, p.Key, p.Value!, depth)}");
        return $"{{{string.Join(',', properties)}}}";
    }

    // Ids and words that mean something, so that bodies get past the first look.
    private string Property(Random random, string name, JsonNode schema, int depth)
    {
        var id = name.Replace("Ids", "", StringComparison.Ordinal).Replace("Id", "", StringComparison.Ordinal);
        var thing = id == "organization" ? Pick(random, ["provider", "consumer"]) : id == "billingIntegration" ? "integration" : id;
        if (name.Contains("Id", StringComparison.Ordinal) && world.Standing(thing) is { } standing && random.Next(4) > 0)
        {
            return name.EndsWith('s') ? $"[\"{standing}\"]" : $"\"{standing}\"";
        }

        return FromSchema(random, schema, depth + 1);
    }

    private static string Text(Random random) => JsonSerializer.Serialize(Pick(random,
    [
        "usd", "jpy", "kwd", "eur", "month", "day", "week", "year", "period", "free", "flat", "unit", "graduated", "volume", "package", "custom", "strict", "loose", "automatic", "manual", "transactions", "public",
        "signed_in", "organizations", "none", "now", "period_end", "major", "minor", "patch", "sandbox", "production", "provider", "consumer", "1", "0.5", "1.234567890123", "-1", "a@example.com",
        "https://example.com/a", "GET", "/orders", "viewer", "owner", "P1D", "2027-01-01T00:00:00Z", $"word {random.Next(1000)}",
    ]));
}
