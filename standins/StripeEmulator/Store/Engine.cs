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
    public Outbox Deliveries { get; } = new();

    /// <summary>Grows with every request, event and delivery.</summary>
    public long Activity => Interlocked.Read(ref activity);

    /// <summary>Raised, outside the lock, after a commit that planned something.</summary>
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

    /// <summary>Reads or changes state. A refusal that says so keeps what was done before it, every other exception undoes it. Nobody waits for what is not awaited: it reaches the disk a moment later.</summary>
    public Done<T> Run<T>(Scope scope, Origin origin, Func<Transaction, T> work, bool awaited = true)
    {
        var planned = false;
        try
        {
            lock (gate)
            {
                var transaction = new Transaction(this, scope, origin, Clock.Seconds);
                try
                {
                    var value = work(transaction);
                    (var durable, planned) = Commit(transaction, awaited);
                    return new Done<T>(value, durable);
                }
                catch (StripeException refusal) when (refusal.Keeps)
                {
                    (refusal.Durable, planned) = Commit(transaction, awaited: true);
                    throw;
                }
                catch
                {
                    transaction.Undo();
                    throw;
                }
            }
        }
        finally
        {
            if (planned)
            {
                Committed?.Invoke(this, EventArgs.Empty);
            }
        }
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

    private (Task Durable, bool Planned) Commit(Transaction transaction, bool awaited)
    {
        if (transaction.Touched.Count == 0)
        {
            return (Task.CompletedTask, false);
        }

        transaction.Refile();
        var planned = false;
        foreach (var (key, stored) in transaction.Touched)
        {
            if (stored is null)
            {
                timetable.Remove(key);
                Deliveries.Remove(key);
            }
            else
            {
                planned |= Plan(stored);
                stored.Fold();
            }
        }

        var durable = log.Keeps ? log.Append(Snapshot.Line(transaction.Touched).Span) : Task.CompletedTask;
        foreach (var stored in transaction.Touched.Values)
        {
            stored?.Durable = durable;
        }

        return (durable, planned);
    }

    private bool Plan(Stored stored)
    {
        var due = Schedule.DueAt(stored);
        if (stored.Kind == "delivery")
        {
            Deliveries.Set(stored, due);
        }
        else
        {
            timetable.Plan(stored);
        }

        return due is not null;
    }
}
