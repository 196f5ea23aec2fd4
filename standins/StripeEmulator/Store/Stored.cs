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
    /// <summary>Oldest first.</summary>
    public static readonly IComparer<Stored> ByAge = Comparer<Stored>.Create((one, other) => one.Sequence.CompareTo(other.Sequence));

    public string Kind { get; } = kind;

    public string Id { get; } = id;

    /// <summary>Under which the store keeps it. Callers choose ids of products and coupons, so those are unique only in their kind, account and mode.</summary>
    public string Key { get; } = KeyOf(kind, id, scope);

    public Scope Scope { get; } = scope;

    /// <summary>Order of creation; lists are newest first.</summary>
    public long Sequence { get; } = sequence;

    public JsonObject Value { get; internal set; } = value;

    public JsonObject Inner { get; internal set; } = inner;

    /// <summary>The references it is filed under, kept so that a change can take it out again.</summary>
    internal List<(string Field, string Value)> Filed { get; } = [];

    public static string KeyOf(string kind, string id, Scope scope) =>
        kind is "product" or "coupon" ? $"{kind}/{scope.Account}/{(scope.Livemode ? "live" : "test")}/{id}" : id;
}
