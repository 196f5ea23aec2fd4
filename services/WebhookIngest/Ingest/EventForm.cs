using System.Security.Cryptography;
using System.Text.Json;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>Reads the few facts of an event that we need, whatever API version wrote it.</summary>
public static class EventForm
{
    private const int LongestText = 255;
    private const string ThinEvent = "v2.core.event";

    /// <summary>Never fails: what cannot be read is said to be unreadable, under an id made from its bytes.</summary>
    public static EventFacts Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (Text(root, "object") == ThinEvent)
            {
                return Thin(root) ?? Unreadable(body);
            }

            if (Text(root, "id") is { } id && Text(root, "object") == "event" && Text(root, "type") is { } type
                && Property(root, "livemode") is { ValueKind: JsonValueKind.True or JsonValueKind.False } livemode)
            {
                var (objectType, objectId) = Property(root, "data") is { } wrapper && Property(wrapper, "object") is { } data ? About(data) : default;
                return new EventFacts(id, true, type, objectType, objectId, Text(root, "api_version"), livemode.GetBoolean(), Text(root, "account"));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Validly signed, so it came from Stripe: kept for a person to look at (InvalidOperationException: half of a surrogate pair).
        }

        return Unreadable(body);
    }

    // What can be fetched: a discount cannot, but whoever it was given to.
    private static (string? Type, string? Id) About(JsonElement data) => Text(data, "object") switch
    {
        "discount" when Text(data, "subscription") is { } subscription => ("subscription", subscription),
        "discount" when Text(data, "customer") is { } customer => ("customer", customer),
        var type => (type, Text(data, "id")),
    };

    // An event of API v2 names the object and nothing of it, and has no dated version. One that is about no object is itself what can be fetched.
    private static EventFacts? Thin(JsonElement root) => Text(root, "id") is { } id && Text(root, "type") is { } type
        && Property(root, "livemode") is { ValueKind: JsonValueKind.True or JsonValueKind.False } livemode
            ? new EventFacts(
                id, true, type, Property(root, "related_object") is { ValueKind: JsonValueKind.Object } named ? Text(named, "type") : ThinEvent,
                Property(root, "related_object") is { ValueKind: JsonValueKind.Object } object_ ? Text(object_, "id") : id,
                WebhookEvent.ThinVersion, livemode.GetBoolean(), Text(root, "account"))
            : null;

    private static EventFacts Unreadable(ReadOnlyMemory<byte> body) => new("raw_" + Convert.ToHexStringLower(SHA256.HashData(body.Span)), false);

    private static JsonElement? Property(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : null;

    // Null for what is no text, or none that belongs into a column.
    private static string? Text(JsonElement parent, string name) =>
        Property(parent, name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 and <= LongestText } text && !text.Any(char.IsControl)
            ? text
            : null;
}
