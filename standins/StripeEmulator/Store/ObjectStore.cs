using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Store;

/// <summary>Every object by id, by kind in order of creation, and by the objects it refers to. Not thread-safe: the engine's lock guards it.</summary>
public sealed class ObjectStore
{
    private static readonly SortedSet<Stored> None = new(Stored.ByAge);
    private static readonly string[] References = ["customer", "invoice", "payment_intent", "event", "endpoint", "email", "product", "lookup_key", "test_clock", "event_name", "subscription"];
    private readonly Dictionary<string, Stored> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<(Scope, string), SortedSet<Stored>> byKind = [];
    private readonly Dictionary<(string Kind, string Field, string Value), SortedSet<Stored>> byReference = [];

    private readonly Dictionary<(Scope, string Kind, string Id), long> departed = [];

    public long LastSequence { get; private set; }

    public int Count => byId.Count;

    public IEnumerable<Stored> All => byId.Values;

    public Stored? Find(string key) => byId.GetValueOrDefault(key);

    public SortedSet<Stored> OfKind(Scope scope, string kind) => byKind.GetValueOrDefault((scope, kind), None);

    /// <summary>Accounts and modes that have objects of a kind.</summary>
    public IReadOnlyList<Scope> ScopesOf(string kind) => [.. byKind.Keys.Where(k => k.Item2 == kind).Select(k => k.Item1)];

    /// <summary>Objects of a kind whose field (a reference, or metadata.name, whose values are filed in lower case) has this value.</summary>
    public SortedSet<Stored> Referring(string kind, string field, string value) => byReference.GetValueOrDefault((kind, field, value), None);

    /// <summary>Where a deleted object stood in the order of creation; null when there was none that anybody could have read.</summary>
    public long? Departed(Scope scope, string kind, string id) => departed.TryGetValue((scope, kind, id), out var sequence) ? sequence : null;

    internal void Depart(Stored stored)
    {
        if (stored.Kind is not ("event" or "delivery" or "idempotency"))
        {
            departed[(stored.Scope, stored.Kind, stored.Id)] = stored.Sequence;
        }
    }

    internal void Return(Stored stored) => departed.Remove((stored.Scope, stored.Kind, stored.Id));

    internal void Add(Stored stored)
    {
        byId[stored.Key] = stored;
        LastSequence = Math.Max(LastSequence, stored.Sequence);
        if (!byKind.TryGetValue((stored.Scope, stored.Kind), out var kind))
        {
            byKind[(stored.Scope, stored.Kind)] = kind = new SortedSet<Stored>(Stored.ByAge);
        }

        kind.Add(stored);
        File(stored);
    }

    internal void Remove(Stored stored)
    {
        byId.Remove(stored.Key);
        byKind[(stored.Scope, stored.Kind)].Remove(stored);
        Unfile(stored);
    }

    /// <summary>Brings the references up to date after a change.</summary>
    internal void Refile(Stored stored)
    {
        var now = Keys(stored);
        if (!now.SequenceEqual(stored.Filed))
        {
            Unfile(stored);
            File(stored);
        }
    }

    internal void Clear()
    {
        byId.Clear();
        byKind.Clear();
        byReference.Clear();
        departed.Clear();
    }

    private void File(Stored stored)
    {
        foreach (var (field, value) in Keys(stored))
        {
            stored.Filed.Add((field, value));
            if (!byReference.TryGetValue((stored.Kind, field, value), out var set))
            {
                byReference[(stored.Kind, field, value)] = set = new SortedSet<Stored>(Stored.ByAge);
            }

            set.Add(stored);
        }
    }

    private void Unfile(Stored stored)
    {
        foreach (var (field, value) in stored.Filed)
        {
            if (byReference.TryGetValue((stored.Kind, field, value), out var set) && set.Remove(stored) && set.Count == 0)
            {
                byReference.Remove((stored.Kind, field, value));
            }
        }

        stored.Filed.Clear();
    }

    private static List<(string Field, string Value)> Keys(Stored stored)
    {
        var keys = new List<(string, string)>(3);
        var json = stored.Value;
        foreach (var field in References)
        {
            if (Text(json[field]) is { } value)
            {
                keys.Add((field, value));
            }
        }

        foreach (var (name, value) in stored.Kind is "event" or "delivery" or "idempotency" ? [] : json["metadata"] as JsonObject ?? [])
        {
            keys.Add(("metadata." + name, Text(value)?.ToLowerInvariant() ?? ""));
        }

        if (Text(stored.Inner["token"]) is { } token)
        {
            keys.Add(("token", token));
        }

        if (stored.Kind is "invoice" or "invoiceitem" && json["parent"]?["subscription_details"] is JsonObject details && Text(details["subscription"]) is { } subscription)
        {
            keys.Add(("subscription", subscription));
        }

        if (json["payment"] is JsonObject payment && Text(payment["payment_intent"]) is { } intent)
        {
            keys.Add(("payment_intent", intent));
        }

        return keys;
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
