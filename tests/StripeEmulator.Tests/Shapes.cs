using System.Reflection;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>
/// The fields that Stripe's objects have in three API versions: closed objects, required fields, types and enums. Parts that the
/// emulator does not fill are open. Every answer and every delivered webhook of the suite is held against them.
/// </summary>
public static class Shapes
{
    public const string Newest = "2026-07-29.dahlia";

    // What the official command line's private calls answer: the clients' types say nothing of it.
    private static readonly string[] Unknown = ["payment_page"];

    private static readonly Dictionary<string, Dictionary<string, Shape>> Versions =
        new[] { "2022-11-15", "2024-06-20", Newest }.ToDictionary(v => v, Read, StringComparer.Ordinal);

    /// <summary>Fails when the body is not what Stripe sends: an object, a list of them, an event, or an error.</summary>
    public static void Check(JsonNode? body, string version = Newest)
    {
        var wrong = Wrong(body, version);
        Assert.True(wrong.Count == 0, $"In {version}: {string.Join("; ", wrong)}");
    }

    /// <summary>What is not as Stripe sends it, in words.</summary>
    public static List<string> Wrong(JsonNode? body, string version = Newest)
    {
        if (body is not JsonObject { Count: > 0 } json || !Versions.TryGetValue(version, out var known))
        {
            return [];
        }

        if (json["error"] is JsonObject error)
        {
            return known["error"].WrongFields(error, "error", known);
        }

        var kind = json["object"]?.ToString() ?? "";
        return kind switch
        {
            "" when json["data"] is JsonArray page && json.ContainsKey("next_page_url") => [.. page.SelectMany(e => Wrong(e, version))],
            _ when kind.StartsWith("v2.", StringComparison.Ordinal) => [],
            "list" or "search_result" => [.. json["data"]!.AsArray().SelectMany(e => Wrong(e, version))],
            "event" => [.. known["event"].WrongFields(json, "event", known), .. Wrong(Subject(json), json["api_version"]?.ToString() ?? Newest)],
            "discount" when json.ContainsKey("deleted") => DeletedDiscount(json, known), // the one that keeps its fields
            _ when json.ContainsKey("deleted") => json.Count == 3 && json["id"] is not null && json["deleted"]!.GetValue<bool>() ? [] : [$"{json} is not a deleted object"],
            _ when known.TryGetValue(Name(kind), out var shape) => shape.WrongFields(json, kind, known),
            _ => version != Newest || Unknown.Contains(kind) ? [] : [$"no object of Stripe's is called '{kind}'"],
        };
    }

    /// <summary>What the event is about. An invoice that is yet to be has no id.</summary>
    private static JsonNode? Subject(JsonObject told)
    {
        var subject = told["data"]?["object"]?.DeepClone();
        if (told["type"]?.ToString() == "invoice.upcoming" && subject is JsonObject invoice && !invoice.TryAdd("id", "in_upcoming"))
        {
            invoice["id"] = 0;
        }

        return subject;
    }

    private static List<string> DeletedDiscount(JsonObject json, Dictionary<string, Shape> known)
    {
        var whole = json.DeepClone().AsObject();
        whole.Remove("deleted");
        return whole.TryAdd("end", null) ? known["discount"].WrongFields(whole, "discount", known) : ["a deleted discount has no end"];
    }

    private static string Name(string kind) => kind switch
    {
        "line_item" => "invoice_line_item",
        "item" => "checkout_line_item",
        _ => kind,
    };

    private static Dictionary<string, Shape> Read(string version)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(version + ".txt")!;
        using var reader = new StreamReader(stream);
        var known = new Dictionary<string, Shape>(StringComparer.Ordinal);
        var open = new List<Shape>();
        while (reader.ReadLine() is { } line)
        {
            var depth = line.Length - line.TrimStart(' ').Length;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (depth == 0)
            {
                open = [known[line] = new Shape()];
                continue;
            }

            var (name, type) = (line[depth..line.IndexOf(' ', depth)], line[(line.IndexOf(' ', depth) + 1)..]);
            var inside = new Shape();
            open.RemoveRange(depth, open.Count - depth);
            open[^1].Fields[name.TrimEnd('?')] = (!name.EndsWith('?'), Shape.Read(type, inside));
            open.Add(inside);
        }

        return known;
    }
}
