using Marketplace.Contracts.Gateway;
using Microsoft.Win32.SafeHandles;

namespace Marketplace.Gateway.Metering;

/// <summary>The gateway's only state: an append-only file of metered calls. A call is acknowledged when its line is on disk (one flush per group of
/// waiting calls); reports are cut inside the same file, so that a gateway that starts again makes the same reports with the same numbers.</summary>
public sealed class Journal : IDisposable
{
    private const long SegmentBytes = 16 << 20;
    private readonly JournalFolder folder;
    private readonly Lock gate = new();
    private readonly AutoResetEvent wake = new(false);
    private readonly SortedList<long, UsageReported> reports = [];
    private readonly List<(string Path, long LastSequence)> closed = [];
    private readonly Thread writing;
    private Batch next = new();
    private Tally open = new();
    private string segment;
    private SafeFileHandle file;
    private long length;
    private long lastSequence;
    private volatile bool writable = true;
    private bool closing;

    /// <summary>Opens the journal of a folder and reads what it holds. One process at a time: a second one is told so.</summary>
    public Journal(string folder, TimeProvider clock)
    {
        this.folder = new JournalFolder(folder, clock);
        segment = Replay() ?? this.folder.SegmentAfter(lastSequence);
        file = Open(segment, out length);
        writing = new Thread(Write) { IsBackground = true, Name = "journal" };
        writing.Start();
        if (open.Calls > 0)
        {
            // Nothing is in flight yet. What an earlier life left uncut becomes a report of its own, apart from this life's calls.
            Cut(clock.GetUtcNow()).GetAwaiter().GetResult();
        }
    }

    /// <summary>The gateway's id, kept with its journal.</summary>
    public string GatewayId => folder.GatewayId;

    /// <summary>False from a failed write until one succeeds again: calls that would have to be metered are refused before they reach a provider.</summary>
    public bool Writable => writable;

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
    /// <exception cref="IOException">It is not: the call must not be answered as one that counts.</exception>
    public Task Append(in MeteredCall call)
    {
        Span<byte> line = stackalloc byte[JournalLine.UsualLength];
        if (!JournalLine.TryWrite(line, call, out var written))
        {
            var longer = new byte[JournalLine.UsualLength * 64];
            if (!JournalLine.TryWrite(longer, call, out written))
            {
                throw new IOException("A metered call does not fit into a line of the journal.");
            }

            line = longer;
        }

        lock (gate)
        {
            next.Add(line[..written], call);
            return Wake();
        }
    }

    /// <summary>Makes a report of everything since the last cut.</summary>
    public Task Cut(DateTimeOffset settledThrough)
    {
        lock (gate)
        {
            // Calls that come into the same batch afterwards are in the report too, which its watermark does not deny.
            next.Cut = next.Cut > settledThrough ? next.Cut : settledThrough;
            return Wake();
        }
    }

    /// <summary>Units of a window in reports not yet applied, per report.</summary>
    /// <param name="unit">A provider's own unit; null for transactions.</param>
    public IReadOnlyList<(long Sequence, long Quantity)> CountUnapplied(string subscriptionId, string? unit, IReadOnlyList<string> apiIds, DateTimeOffset from, DateTimeOffset to)
    {
        lock (gate)
        {
            return [.. reports.Values.Select(report => (report.Sequence, report.Entries
                .Where(e => e.SubscriptionId == subscriptionId && e.Unit == unit && e.From >= from && e.From < to && (apiIds.Count == 0 || apiIds.Contains(e.ApiId)))
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
    public void Dispose()
    {
        lock (gate)
        {
            closing = true;
        }

        wake.Set();
        writing.Join();
        file.Dispose();
        folder.Dispose();
        wake.Dispose();
    }

    // Under the gate. Everybody in a batch waits for the same flush.
    private Task Wake()
    {
        if (closing)
        {
            throw new IOException("The journal is closed.");
        }

        if (!next.Awake)
        {
            next.Awake = true;
            wake.Set();
        }

        return next.Done;
    }

    private void Write()
    {
        var spare = new Batch();
        while (true)
        {
            wake.WaitOne();
            Batch batch;
            lock (gate)
            {
                if (!next.Awake)
                {
                    if (closing)
                    {
                        return;
                    }

                    continue;
                }

                (batch, next) = (next, spare);
                if (closing)
                {
                    wake.Set();
                }
            }

            try
            {
                WriteDown(batch);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
            {
                // The third is how the framework tells that a file may not grow any more.
                // Not on disk is not answered: these calls fail, and what a failed write left behind goes before anything else is written.
                writable = false;
                batch.Fail(exception);
                spare = batch.Emptied();
                continue;
            }

            lock (gate)
            {
                batch.Calls.ForEach(open.Add);
                if (batch.Cut is { } settledThrough)
                {
                    TakeCut(lastSequence + 1, settledThrough);
                }
            }

            batch.Succeed();
            spare = batch.Emptied();
        }
    }

    private void WriteDown(Batch batch)
    {
        if (!writable)
        {
            RandomAccess.SetLength(file, length);
        }

        if (length > SegmentBytes && open.Calls == 0)
        {
            Rotate();
        }

        if (batch.Cut is { } settledThrough)
        {
            batch.Add(JournalLine.Of(lastSequence + 1, settledThrough));
        }

        var began = TimeProvider.System.GetTimestamp();
        RandomAccess.Write(file, batch.Text, length);
        RandomAccess.FlushToDisk(file);
        Measures.Flush.Record(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
        Measures.Group.Record(batch.Calls.Count);
        length += batch.Text.Length;
        writable = true;
    }

    // Only right after a cut, so that a segment never ends with calls that are in no report.
    private void Rotate()
    {
        var path = folder.SegmentAfter(lastSequence);
        var handle = Open(path, out var end);
        lock (gate)
        {
            closed.Add((segment, lastSequence));
        }

        file.Dispose();
        (segment, file, length) = (path, handle, end);
    }

    private void TakeCut(long sequence, DateTimeOffset settledThrough)
    {
        lastSequence = sequence;
        reports[sequence] = new UsageReported(GatewayId, sequence, settledThrough, open.Entries());
        open = new Tally();
    }

    // The last segment goes on being written; its path, or null when there is none.
    private string? Replay()
    {
        string? last = null;
        foreach (var path in folder.Segments())
        {
            if (last is not null)
            {
                closed.Add((last, lastSequence));
            }

            JournalFolder.CutTornLine(path);
            foreach (var line in File.ReadLines(path))
            {
                JournalLine.Read(line, open.Add, TakeCut);
            }

            last = path;
        }

        return last;
    }

    private static SafeFileHandle Open(string path, out long length)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        length = RandomAccess.GetLength(handle);
        return handle;
    }

    // Calls that go to disk together.
    private sealed class Batch
    {
        private byte[] text = new byte[16 * 1024];
        private int used;
        private TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<MeteredCall> Calls { get; } = [];

        public DateTimeOffset? Cut { get; set; }

        public bool Awake { get; set; }

        public Task Done => done.Task;

        public ReadOnlySpan<byte> Text => text.AsSpan(0, used);

        public void Add(ReadOnlySpan<byte> line, in MeteredCall call)
        {
            Add(line);
            Calls.Add(call);
        }

        public void Add(ReadOnlySpan<byte> line)
        {
            if (text.Length - used < line.Length)
            {
                Array.Resize(ref text, Math.Max(text.Length * 2, used + line.Length));
            }

            line.CopyTo(text.AsSpan(used));
            used += line.Length;
        }

        public void Succeed() => done.SetResult();

        public void Fail(Exception exception) =>
            done.SetException(exception as IOException ?? new IOException("The journal's file may not be written.", exception));

        public Batch Emptied()
        {
            used = 0;
            Calls.Clear();
            Cut = null;
            Awake = false;
            done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return this;
        }
    }
}
