using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Webhooks;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>An object as it was before a change, so that its event can tell what is new.</summary>
public sealed class Change(Transaction tx, Stored stored)
{
    private readonly JsonObject before = Renderer.Present(tx, stored, tx.Engine.Options.ApiVersion);

    // Who listens in another version is told of the change in that version's fields.
    private readonly Dictionary<string, JsonObject> others = Events.OtherVersions(tx).ToDictionary(v => v, v => Renderer.Present(tx, stored, v), StringComparer.Ordinal);

    /// <summary>Tells of the change, with the values before it.</summary>
    public void Emit(string type) => Events.Emit(tx, type, stored, before, others);
}

/// <summary>What happened: each event holds the object as it was then, in the version of whom it is for.</summary>
public static class Events
{
    /// <summary>How long events can be read and are sent: 30 days.</summary>
    public const long KeptSeconds = 30 * 86_400;

    /// <summary>Records an event and queues it for every endpoint that asked for it.</summary>
    public static void Emit(Transaction tx, string type, Stored stored, JsonObject? before = null, Dictionary<string, JsonObject>? others = null)
    {
        if (tx.Rehearses)
        {
            return;
        }

        var version = tx.Engine.Options.ApiVersion;
        var after = Renderer.Present(tx, stored, version);
        var data = new JsonObject { ["object"] = after };
        if (before is not null)
        {
            var previous = Previous(before, after);
            if (previous.Count == 0 && type.EndsWith(".updated", StringComparison.Ordinal))
            {
                // What was written is what was there.
                return;
            }

            data["previous_attributes"] = previous;
        }

        tx.Engine.Count();

        var endpoints = tx.Store.OfKind(tx.Scope, "webhook_endpoint").Where(e => WebhookEndpoints.Hears(e, type)).ToList();
        var value = new JsonObject
        {
            ["id"] = tx.Ids.New("evt"),
            ["object"] = "event",
            ["api_version"] = version,
            ["created"] = tx.Engine.Clock.Seconds,
            ["data"] = data,
            ["livemode"] = tx.Scope.Livemode,
            ["pending_webhooks"] = endpoints.Count,
            ["request"] = new JsonObject { ["id"] = tx.Origin.RequestId, ["idempotency_key"] = tx.Origin.IdempotencyKey },
            ["type"] = type,
        };
        var payloads = new JsonObject();
        foreach (var other in endpoints.Select(e => e.Value.Text("api_version")).OfType<string>().Where(v => v != version).Distinct())
        {
            payloads[other] = Frozen(tx, value, stored, others?.GetValueOrDefault(other), other);
        }

        var inner = new JsonObject { ["payloads"] = payloads, ["subject"] = stored.Id, ["type"] = type, ["recorded"] = tx.Engine.Clock.Seconds };
        var recorded = tx.Add("event", value.Text("id")!, value, inner);
        foreach (var endpoint in endpoints)
        {
            Deliveries.Queue(tx, recorded, endpoint);
        }
    }

    /// <summary>Versions besides the account's own in which somebody is told of events.</summary>
    internal static IEnumerable<string> OtherVersions(Transaction tx) => tx.Rehearses ? [] : tx.Store.OfKind(tx.Scope, "webhook_endpoint")
        .Select(e => e.Value.Text("api_version")).OfType<string>().Where(v => v != tx.Engine.Options.ApiVersion).Distinct(StringComparer.Ordinal);

    public static Reply Retrieve(Call call) => call.Named("event");

    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "related_object");
        if (call.Has("type") && call.Has("types"))
        {
            throw StripeException.Exclusive("type", "types");
        }

        var types = (call.Params["types"] as JsonArray)?.Select(t => t!.GetValue<string>()).ToHashSet();
        if (types?.Count > 20)
        {
            throw StripeException.Invalid("You can filter by at most 20 event types.", "types");
        }

        var oldest = call.Tx.Engine.Clock.Seconds - KeptSeconds;
        return Paging.List(call, "event", "/v1/events", stored =>
            Recorded(stored) >= oldest
            && (types is null || types.Contains(Type(stored)))
            && (call.Text("type") is not { } type || Matches(type, Type(stored)))
            && (!call.Has("created") || Paging.InRange(call, "created", stored.Value["created"]))
            && (call.Flag("delivery_success") is not { } success || (Deliveries.Unheard(call.Tx.Store, stored) == 0) == success));
    }

    /// <summary>Sends the event again: what the official CLI's <c>events resend</c> calls.</summary>
    public static Reply Retry(Call call)
    {
        var recorded = call.Named("event");
        var endpoint = call.Refers("webhook_endpoint", "webhook_endpoint");
        foreach (var target in endpoint is null ? call.Tx.Store.OfKind(call.Tx.Scope, "webhook_endpoint").Where(e => WebhookEndpoints.Hears(e, Type(recorded))) : [endpoint])
        {
            Deliveries.Again(call.Tx, recorded, target);
        }

        return recorded;
    }

    private static string Type(Stored recorded) => recorded.Inner.Text("type") ?? recorded.Value.Text("type")!;

    /// <summary>When the event was recorded by the emulator's own time: events of a test clock carry that clock's.</summary>
    public static long Recorded(Stored recorded) => recorded.Inner["recorded"] is { } time ? time.Long() : recorded.Value.Long("created");

    /// <summary>The event as an endpoint of this version gets it.</summary>
    public static string Payload(Stored recorded, string version) =>
        (recorded.Inner["thin"] ?? recorded.Inner["payloads"]?[version] ?? recorded.Value).ToJsonString(Pipeline.Json);

    private static JsonObject Frozen(Transaction tx, JsonObject value, Stored stored, JsonObject? before, string version)
    {
        var frozen = value.Clone();
        frozen["api_version"] = version;
        var after = Renderer.Present(tx, stored, version);
        frozen["data"]!["object"] = after;
        if (before is not null)
        {
            frozen["data"]!["previous_attributes"] = Previous(before, after);
        }
        else if (frozen["data"]!["previous_attributes"] is JsonObject previous)
        {
            foreach (var name in previous.Select(p => p.Key).Where(k => !after.ContainsKey(k)).ToList())
            {
                previous.Remove(name);
            }
        }

        return frozen;
    }

    private static JsonObject Previous(JsonObject before, JsonObject after)
    {
        var previous = new JsonObject();
        foreach (var name in before.Select(p => p.Key).Union(after.Select(p => p.Key), StringComparer.Ordinal))
        {
            if (JsonNode.DeepEquals(before[name], after[name]))
            {
                continue;
            }

            previous[name] = before[name] is JsonObject old && after[name] is JsonObject now && old["object"] is null
                ? Previous(old, now)
                : before[name]?.DeepClone();
        }

        return previous;
    }

    private static bool Matches(string asked, string type) =>
        asked.EndsWith(".*", StringComparison.Ordinal) ? type.StartsWith(asked[..^1], StringComparison.Ordinal) : asked == type || asked == "*";
}
