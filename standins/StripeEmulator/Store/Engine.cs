using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Admin;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Time;
using Marketplace.StripeEmulator.Webhooks;

namespace Marketplace.StripeEmulator.Store;

/// <summary>What a transaction returned, and the task that ends when it is on disk.</summary>
public readonly record struct Done<T>(T Value, Task Durable);

/// <summary>
/// The one place where state changes: a lock, a transaction, a line in the log. Work inside is short and never waits,
/// so that one lock is enough and every run is deterministic.
/// </summary>
public sealed class Engine : IDisposable
{
    private readonly Lock gate = new();
    private readonly AppendLog log;
    private readonly Timetable timetable;
    private long activity;
    private string publicUrl;

    public Engine(EmulatorOptions options, EmulatorClock clock)
    {
        Options = options;
        Clock = clock;
        Ids = new Ids(options.Seed);
        timetable = new Timetable(this);
        publicUrl = options.PublicUrl?.TrimEnd('/') ?? "http://localhost";
        log = new AppendLog(Snapshot.Open(options.SnapshotFile, Store, clock));
        foreach (var stored in Store.All)
        {
            Plan(stored);
        }
    }

    public EmulatorOptions Options { get; }

    public EmulatorClock Clock { get; }

    public ObjectStore Store { get; } = new();

    public Ids Ids { get; }

    public WebhookKnobs Webhooks { get; } = new();

    public CardKnobs Cards { get; } = new();

    /// <summary>Under which people reach the hosted pages, without a slash at the end.</summary>
    public string PublicUrl => publicUrl;

    /// <summary>Timers of objects that live by the emulator's own time: finalization, due dates, payment attempts, renewals.</summary>
    public Agenda Timers => timetable.Own;

    /// <summary>Webhook deliveries that await an attempt.</summary>
    public Agenda Deliveries { get; } = new();

    /// <summary>Grows with every request, event and delivery.</summary>
    public long Activity => Interlocked.Read(ref activity);

    /// <summary>Raised after a commit, outside the lock.</summary>
    public event EventHandler? Committed;

    /// <summary>Without a configured public address, pages are where the last caller found the API.</summary>
    public void SawHost(HttpRequest request)
    {
        if (string.IsNullOrEmpty(Options.PublicUrl))
        {
            publicUrl = $"{request.Scheme}://{request.Host}";
        }
    }

    public void Count() => Interlocked.Increment(ref activity);

    /// <summary>Reads or changes state. A refusal that says so keeps what was done before it, every other exception undoes it.</summary>
    public Done<T> Run<T>(Scope scope, Origin origin, Func<Transaction, T> work)
    {
        Task durable;
        T value;
        lock (gate)
        {
            var transaction = new Transaction(this, scope, origin, Clock.Seconds);
            try
            {
                value = work(transaction);
            }
            catch (StripeException refusal) when (refusal.Keeps)
            {
                refusal.Durable = Commit(transaction);
                throw;
            }
            catch
            {
                transaction.Undo();
                throw;
            }

            durable = Commit(transaction);
        }

        Committed?.Invoke(this, EventArgs.Empty);
        return new Done<T>(value, durable);
    }

    /// <summary>Runs something under the lock that changes no object.</summary>
    public T Look<T>(Func<T> look)
    {
        lock (gate)
        {
            return look();
        }
    }

    public Task Flushed() => log.Flushed();

    /// <summary>Fires every timer due by now, earliest first.</summary>
    public void FireDue() => timetable.FireDue();

    /// <summary>Moves the clock forward; it never goes back.</summary>
    public Task MoveClock(DateTimeOffset time)
    {
        lock (gate)
        {
            Clock.MoveTo(time);
            return log.Append(Snapshot.OffsetLine(Clock.Offset));
        }
    }

    /// <summary>Forgets everything, the clock's offset excepted.</summary>
    public void Reset()
    {
        lock (gate)
        {
            Store.Clear();
            timetable.Clear();
            Deliveries.Clear();
            log.Replace(file =>
            {
                file.Write(Snapshot.OffsetLine(Clock.Offset));
                file.WriteByte((byte)'\n');
            });
        }
    }

    public void Dispose() => log.Dispose();

    private Task Commit(Transaction transaction)
    {
        if (transaction.Touched.Count == 0)
        {
            return Task.CompletedTask;
        }

        transaction.Refile();
        foreach (var (id, stored) in transaction.Touched)
        {
            if (stored is null)
            {
                timetable.Remove(id);
                Deliveries.Remove(id);
            }
            else
            {
                Plan(stored);
                if (stored.Kind is "event" or "idempotency")
                {
                    // Many, large and seldom read: text takes a fifth of the memory that a tree takes.
                    stored.Value = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(stored.Value))!.AsObject();
                }
            }
        }

        return log.Append(Snapshot.Line(transaction.Touched).Span);
    }

    private void Plan(Stored stored)
    {
        if (stored.Kind == "delivery")
        {
            Deliveries.Set(stored, Schedule.DueAt(stored));
        }
        else
        {
            timetable.Plan(stored);
        }
    }
}
