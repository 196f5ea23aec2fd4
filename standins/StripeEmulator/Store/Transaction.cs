using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Time;

namespace Marketplace.StripeEmulator.Store;

/// <summary>What caused a change: a request with its idempotency key, or nothing (a timer).</summary>
public sealed record Origin(string? RequestId, string? IdempotencyKey)
{
    public static readonly Origin Automatic = new(null, null);
}

/// <summary>
/// One unit of work under the engine's lock. Changes are visible to itself at once, become durable together, or are
/// all undone when the work throws.
/// </summary>
public sealed class Transaction(Engine engine, Scope scope, Origin origin, long now)
{
    private readonly List<Action> undo = [];
    private readonly Dictionary<string, Stored?> touched = new(StringComparer.Ordinal);
    private readonly HashSet<string> edited = new(StringComparer.Ordinal);
    private Stored? clock;
    private long? moved;

    public Engine Engine { get; } = engine;

    public ObjectStore Store { get; } = engine.Store;

    public Ids Ids { get; } = engine.Ids;

    public Scope Scope { get; } = scope;

    public Origin Origin { get; } = origin;

    /// <summary>Seconds since 1970: the emulator's, or those of the test clock that an object in hand lives by.</summary>
    public long Now => moved ?? clock?.Value.Long("frozen_time") ?? now;

    /// <summary>True while what is done is only looked at: nobody is told of it, and it is undone.</summary>
    public bool Rehearses { get; private set; }

    /// <summary>What changed: key to object, or to null when it was removed.</summary>
    internal IReadOnlyDictionary<string, Stored?> Touched => touched;

    /// <summary>The object of this kind in the caller's account and mode, or null.</summary>
    public Stored? Find(string kind, string id)
    {
        if (Store.Find(Stored.KeyOf(kind, id, Scope)) is not { } found || found.Kind != kind || found.Scope != Scope)
        {
            return null;
        }

        clock = TestClocks.Of(Store, found) ?? clock;
        return found;
    }

    public Stored Add(string kind, string id, JsonObject value, JsonObject? inner = null)
    {
        var stored = new Stored(kind, id, Scope, Store.LastSequence + 1, value, inner ?? []);
        Store.Add(stored);
        touched[stored.Key] = stored;
        edited.Add(stored.Key);
        undo.Add(() => Store.Remove(stored));
        return stored;
    }

    /// <summary>The object's value, ready to be changed in place; its inner part may then be changed too.</summary>
    public JsonObject Edit(Stored stored)
    {
        if (edited.Add(stored.Key))
        {
            if (Origin.RequestId is not null && stored.Kind != TestClocks.Kind && TestClocks.Of(Store, stored) is { } busy && busy.Value.Text("status") == "advancing")
            {
                edited.Remove(stored.Key);
                throw TestClocks.Underway(busy);
            }

            var (value, inner) = (stored.Value, stored.Inner);
            undo.Add(() =>
            {
                (stored.Value, stored.Inner) = (value, inner);
                Store.Refile(stored);
            });
            stored.Value = value.DeepClone().AsObject();
            stored.Inner = inner.DeepClone().AsObject();
            touched[stored.Key] = stored;
        }

        return stored.Value;
    }

    public void Remove(Stored stored)
    {
        Store.Remove(stored);
        Store.Depart(stored);
        touched[stored.Key] = null;
        undo.Add(() =>
        {
            Store.Return(stored);
            Store.Add(stored);
        });
    }

    internal void Refile()
    {
        foreach (var stored in touched.Values)
        {
            if (stored is not null)
            {
                Store.Refile(stored);
            }
        }
    }

    /// <summary>Begins a rehearsal: until Undo, time may be moved and no event is recorded.</summary>
    public void Rehearse() => Rehearses = true;

    /// <summary>Moves a rehearsal to another time.</summary>
    public void At(long time) => moved = Rehearses ? time : throw new InvalidOperationException("Only a rehearsal moves time.");

    /// <summary>Takes back everything done so far; what follows is done anew.</summary>
    public void Undo()
    {
        for (var step = undo.Count - 1; step >= 0; step--)
        {
            undo[step]();
        }

        undo.Clear();
        touched.Clear();
        edited.Clear();
        (Rehearses, moved) = (false, null);
    }
}
