using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Time;

/// <summary>
/// Who is due when: objects of the emulator's own time on one agenda, those of each test clock on another. Guarded by the
/// engine's lock; firing opens a transaction for each object.
/// </summary>
public sealed class Timetable(Engine engine)
{
    private const long PatienceMilliseconds = 25_000;
    private const long LookAgainMilliseconds = 5;

    private readonly Lock firing = new();
    private readonly Dictionary<string, Agenda> byClock = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Agenda> planned = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> waiting = new(StringComparer.Ordinal);

    /// <summary>What the emulator's own time brings.</summary>
    public Agenda Own { get; } = new();

    public void Plan(Stored stored)
    {
        if (Schedule.DueAt(stored) is not { } due)
        {
            Remove(stored.Id);
            return;
        }

        var agenda = Own;
        if (stored.Kind != TestClocks.Kind && TestClocks.Of(engine.Store, stored) is { } clock && !byClock.TryGetValue(clock.Id, out agenda))
        {
            byClock[clock.Id] = agenda = new Agenda();
        }

        planned[stored.Id] = agenda!;
        agenda!.Set(stored, due);
    }

    public void Remove(string id)
    {
        byClock.Remove(id);
        if (planned.Remove(id, out var agenda))
        {
            agenda.Remove(id);
        }
    }

    public void Clear()
    {
        Own.Clear();
        byClock.Clear();
        planned.Clear();
    }

    /// <summary>Fires every timer due by now, earliest first; one caller at a time, so that the order is the same in every run.</summary>
    public void FireDue()
    {
        lock (firing)
        {
            FireAll();
        }
    }

    private void FireAll()
    {
        while (engine.Look(() => Own.First) is { } first && first.Due <= engine.Clock.Milliseconds)
        {
            var stored = engine.Look(() => engine.Store.Find(first.Id));
            if (stored is null)
            {
                engine.Look(() => Forget(first.Id));
            }
            else if (stored.Kind == TestClocks.Kind && stored.Value.Text("status") == "advancing")
            {
                Step(stored);
            }
            else
            {
                Fire(stored, engine.Clock.Milliseconds);
            }
        }
    }

    /// <summary>One step of an advancing clock: to its next due time, or to its target. Before that, whoever was told of the last step gets a moment to hear it.</summary>
    private void Step(Stored clock)
    {
        if (engine.Look(() => Waits(clock)))
        {
            return;
        }

        var target = TestClocks.Target(clock);
        if (engine.Look(() => byClock.GetValueOrDefault(clock.Id)?.First) is not { } next || next.Due > target * 1_000)
        {
            engine.Run(clock.Scope, Origin.Automatic, tx =>
            {
                TestClocks.Arrive(tx, clock);
                return true;
            });
            return;
        }

        var time = (next.Due + 999) / 1_000;
        if (time > clock.Value.Long("frozen_time"))
        {
            engine.Run(clock.Scope, Origin.Automatic, tx => tx.Edit(clock)["frozen_time"] = time);
        }

        if (engine.Look(() => engine.Store.Find(next.Id)) is { } stored)
        {
            Fire(stored, clock.Value.Long("frozen_time") * 1_000);
        }
        else
        {
            engine.Look(() => Forget(next.Id));
        }
    }

    private void Fire(Stored stored, long now) => engine.Run(stored.Scope, Origin.Automatic, tx =>
    {
        if (tx.Find(stored.Kind, stored.Id) is { } present && Schedule.DueAt(present) <= now)
        {
            Schedule.Fire(tx, present);
        }

        Plan(stored);
        return true;
    });

    private bool Waits(Stored clock)
    {
        var now = engine.Clock.Milliseconds;
        var heard = engine.Webhooks.Hold || !engine.Deliveries.DueBy(now).Any(id => engine.Store.Find(id)?.Scope == clock.Scope);
        if (heard || (waiting.TryGetValue(clock.Id, out var since) && Environment.TickCount64 - since > PatienceMilliseconds))
        {
            waiting.Remove(clock.Id);
            return false;
        }

        waiting.TryAdd(clock.Id, Environment.TickCount64);
        Own.Set(clock, now + LookAgainMilliseconds);
        return true;
    }

    private bool Forget(string id)
    {
        Remove(id);
        return true;
    }
}
