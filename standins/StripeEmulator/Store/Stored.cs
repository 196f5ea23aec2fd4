using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Store;

/// <summary>Whose objects a call sees: an account in one of its two modes.</summary>
public readonly record struct Scope(string Account, bool Livemode);

/// <summary>
/// One object of the emulator. <see cref="Value"/> is what Stripe shows, in its newest version; <see cref="Inner"/> is
/// what Stripe knows and does not show (secrets, counters, tokens). Both are replaced, never changed, once a
/// transaction has committed.
/// </summary>
public sealed class Stored(string kind, string id, Scope scope, long sequence, JsonObject value, JsonObject inner)
{
    private JsonObject? tree = value;
    private byte[]? text;

    /// <summary>Oldest first.</summary>
    public static readonly IComparer<Stored> ByAge = Comparer<Stored>.Create((one, other) => one.Sequence.CompareTo(other.Sequence));

    public string Kind { get; } = kind;

    public string Id { get; } = id;

    /// <summary>Under which the store keeps it. Callers choose ids of products and coupons, so those are unique only in their kind, account and mode.</summary>
    public string Key { get; } = KeyOf(kind, id, scope);

    public Scope Scope { get; } = scope;

    /// <summary>Order of creation; lists are newest first.</summary>
    public long Sequence { get; } = sequence;

    public JsonObject Value
    {
        get => tree ?? JsonNode.Parse(text!)!.AsObject();
        internal set => (tree, text) = (value, null);
    }

    public JsonObject Inner { get; internal set; } = inner;

    /// <summary>Ends when its last change is on disk.</summary>
    public Task Durable { get; internal set; } = Task.CompletedTask;

    /// <summary>The value as text, once <see cref="Fold"/> made it that.</summary>
    internal byte[]? Text => text;

    /// <summary>The references it is filed under, kept so that a change can take it out again.</summary>
    internal List<(string Field, string Value)> Filed { get; } = [];

    /// <summary>Keeps the value as text: for what is many, large and seldom read, that takes a fifth of the memory of a tree, and the log need not write it anew.</summary>
    internal void Fold()
    {
        if (Kind is "event" or "idempotency" && tree is not null)
        {
            (text, tree) = (JsonSerializer.SerializeToUtf8Bytes(tree), null);
        }
    }

    public static string KeyOf(string kind, string id, Scope scope) =>
        kind is "product" or "coupon" ? $"{kind}/{scope.Account}/{(scope.Livemode ? "live" : "test")}/{id}" : id;
}
