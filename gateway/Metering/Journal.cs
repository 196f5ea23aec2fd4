using System.Text;
using System.Threading.Channels;
using Marketplace.Contracts.Gateway;

namespace Marketplace.Gateway.Metering;

/// <summary>The gateway's only state: an append-only file of metered calls. A call is acknowledged when its line is on disk (one flush per group of
/// waiting calls); reports are cut inside the same file, so that a gateway that starts again makes the same reports with the same numbers.</summary>
public sealed class Journal : IAsyncDisposable
{
    private const long SegmentBytes = 16 << 20;
    private readonly string folder;
    private readonly FileStream claim;
    private readonly Channel<Pending> queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(65_536) { SingleReader = true });
    private readonly Lock gate = new();
    private readonly SortedList<long, UsageReported> reports = [];
    private readonly List<(string Path, long LastSequence)> closed = [];
    private readonly Task writing;
    private Tally open = new();
    private FileStream file;
    private long lastSequence;

    /// <summary>Opens the journal of a folder and reads what it holds. One process at a time: a second one is told so.</summary>
    public Journal(string folder, TimeProvider clock)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        try
        {
            claim = new FileStream(Path.Combine(this.folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException($"Another gateway uses the journal folder '{this.folder}'. Give each replica its own Gateway__JournalFolder.", exception);
        }

        var idFile = Path.Combine(this.folder, "gateway-id");
        if (!File.Exists(idFile))
        {
            File.WriteAllText(idFile, ServiceDefaults.Ids.New("gw", clock));
        }

        GatewayId = File.ReadAllText(idFile).Trim();
        Replay();
        file = OpenSegment();
        if (open.Calls > 0)
        {
            // Nothing is in flight yet. What an earlier life left uncut becomes a report of its own, apart from this life's calls.
            file.Write(Encoding.UTF8.GetBytes(JournalLine.Of(lastSequence + 1, clock.GetUtcNow())));
            file.Flush(flushToDisk: true);
            TakeCut(lastSequence + 1, clock.GetUtcNow());
        }

        writing = Task.Run(Write);
    }

    /// <summary>The gateway's id, kept with its journal.</summary>
    public string GatewayId { get; }

    /// <summary>Calls that are in no report yet.</summary>
    public long Uncut
    {
        get
        {
            lock (gate)
            {
                return open.Calls;
            }
        }
    }

    /// <summary>Reports that are not known to be applied, oldest first.</summary>
    public IReadOnlyList<UsageReported> Unapplied
    {
        get
        {
            lock (gate)
            {
                return [.. reports.Values];
            }
        }
    }

    /// <summary>Writes a call down; completes when it is on disk.</summary>
    public Task Append(MeteredCall call) => Enqueue(new Pending(call, null));

    /// <summary>Makes a report of everything since the last cut.</summary>
    public Task Cut(DateTimeOffset settledThrough) => Enqueue(new Pending(null, settledThrough));

    /// <summary>Units of a window in reports not yet applied, per report.</summary>
    public IReadOnlyList<(long Sequence, long Quantity)> CountUnapplied(string subscriptionId, IReadOnlyList<string> apiIds, DateTimeOffset from)
    {
        lock (gate)
        {
            return [.. reports.Values.Select(report => (report.Sequence, report.Entries
                .Where(e => e.SubscriptionId == subscriptionId && e.From >= from && (apiIds.Count == 0 || apiIds.Contains(e.ApiId)))
                .Sum(e => e.Quantity)))];
        }
    }

    /// <summary>Forgets reports that have been applied; their files go when nothing else is in them.</summary>
    public void Applied(long through)
    {
        lock (gate)
        {
            while (reports.Count > 0 && reports.Keys[0] <= through)
            {
                reports.RemoveAt(0);
            }

            while (closed.Count > 0 && closed[0].LastSequence <= through)
            {
                File.Delete(closed[0].Path);
                closed.RemoveAt(0);
            }
        }
    }

    /// <summary>Writes what waits and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing;
        await file.DisposeAsync();
        await claim.DisposeAsync();
    }

    private async Task Enqueue(Pending pending)
    {
        await queue.Writer.WriteAsync(pending);
        await pending.Done.Task;
    }

    private async Task Write()
    {
        var group = new List<Pending>();
        var text = new StringBuilder();
        while (await queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            text.Clear();
            var sequence = lastSequence;
            while (group.Count < 4096 && queue.Reader.TryRead(out var pending))
            {
                group.Add(pending);
                text.Append(pending.Call is { } call ? JournalLine.Of(call) : JournalLine.Of(++sequence, pending.SettledThrough!.Value));
            }

            try
            {
                file.Write(Encoding.UTF8.GetBytes(text.ToString()));
                file.Flush(flushToDisk: true);
            }
            catch (IOException exception)
            {
                // Not on disk is not answered: the calls fail, and so does every later one until the disk is writable again.
                group.ForEach(pending => pending.Done.TrySetException(exception));
                Reopen();
                continue;
            }

            lock (gate)
            {
                group.ForEach(Take);
                if (file.Length > SegmentBytes && open.Calls == 0)
                {
                    closed.Add((file.Name, lastSequence));
                    file.Dispose();
                    file = OpenSegment();
                }
            }

            group.ForEach(pending => pending.Done.TrySetResult());
        }
    }

    // A failed write may have left part of a line; it goes before anything is written behind it.
    private void Reopen()
    {
        var path = file.Name;
        file.Dispose();
        CutTornLine(path);
        file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    private void Take(Pending pending)
    {
        if (pending.Call is { } call)
        {
            open.Add(call);
        }
        else
        {
            TakeCut(lastSequence + 1, pending.SettledThrough!.Value);
        }
    }

    private void TakeCut(long sequence, DateTimeOffset settledThrough)
    {
        lastSequence = sequence;
        reports[sequence] = new UsageReported(GatewayId, sequence, settledThrough, open.Entries());
        open = new Tally();
    }

    private void Replay()
    {
        foreach (var path in Directory.GetFiles(folder, "segment-*.log").Order(StringComparer.Ordinal))
        {
            CutTornLine(path);
            foreach (var line in File.ReadLines(path))
            {
                JournalLine.Read(line, open.Add, TakeCut);
            }

            closed.Add((path, long.MaxValue));
        }

        // Only the last segment can hold calls that are in no report yet; it goes on being written.
        for (var i = 0; i < closed.Count; i++)
        {
            closed[i] = (closed[i].Path, i == closed.Count - 1 ? long.MaxValue : LastSequenceIn(closed[i].Path));
        }
    }

    private static long LastSequenceIn(string path)
    {
        var last = 0L;
        foreach (var line in File.ReadLines(path))
        {
            JournalLine.Read(line, _ => { }, (sequence, _) => last = sequence);
        }

        return last;
    }

    private FileStream OpenSegment()
    {
        if (closed is [.., { LastSequence: long.MaxValue }])
        {
            var present = closed[^1].Path;
            closed.RemoveAt(closed.Count - 1);
            return new FileStream(present, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }

        return new FileStream(Path.Combine(folder, $"segment-{lastSequence:d16}.log"), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    private static void CutTornLine(string path)
    {
        using var torn = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var end = torn.Length;
        while (end > 0)
        {
            torn.Position = end - 1;
            if (torn.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        torn.SetLength(end);
    }

    private sealed record Pending(MeteredCall? Call, DateTimeOffset? SettledThrough)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
