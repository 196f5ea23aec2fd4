using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>One call as its handler sees it: checked parameters, the objects of the caller's account and mode, its version.</summary>
public sealed class Call(Transaction transaction, JsonObject parameters, string[] path, string version, ApiKey key)
{
    public Transaction Tx { get; } = transaction;

    public JsonObject Params { get; } = parameters;

    public string Version { get; } = version;

    public ApiKey Key { get; } = key;

    /// <summary>The first id of the path.</summary>
    public string Id => path[0];

    /// <summary>The second id of the path.</summary>
    public string SubId => path[1];

    /// <summary>True when the parameter was sent, even to clear it.</summary>
    public bool Has(string name) => Params.ContainsKey(name);

    public string? Text(string name) => Params[name]?.GetValue<string>();

    public long? Number(string name) => Params[name] is { } value ? value.Long() : null;

    public bool? Flag(string name) => Params[name]?.GetValue<bool>();

    public JsonObject? Hash(string name) => Params[name] as JsonObject;

    /// <summary>The object of the path, or Stripe's 404.</summary>
    public Stored Named(string kind, string? id = null, string param = "id")
    {
        id ??= Id;
        return Tx.Find(kind, id) ?? throw (InOtherMode(kind, id)
            ? StripeException.OtherMode(404, kind, id, Tx.Scope.Livemode, param)
            : StripeException.NotFound(kind, id, param));
    }

    /// <summary>The object that a parameter names, or null when the parameter is absent.</summary>
    public Stored? Refers(string param, string kind) => Text(param) is { } id ? Referred(kind, id, param) : null;

    /// <summary>The object that a parameter names, or Stripe's 400.</summary>
    public Stored Referred(string kind, string id, string param) =>
        Tx.Find(kind, id) ?? throw (InOtherMode(kind, id)
            ? StripeException.OtherMode(400, kind, id, Tx.Scope.Livemode, param)
            : StripeException.NoSuch(kind, id, param));

    private bool InOtherMode(string kind, string id) =>
        Tx.Store.Find(Stored.KeyOf(kind, id, Tx.Scope with { Livemode = !Tx.Scope.Livemode })) is { } other
            && other.Kind == kind && other.Scope.Account == Tx.Scope.Account && other.Scope.Livemode != Tx.Scope.Livemode;
}
