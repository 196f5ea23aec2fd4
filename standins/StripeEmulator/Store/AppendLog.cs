namespace Marketplace.StripeEmulator.Store;

/// <summary>
/// The file that makes an answer durable: one line per transaction, written and synchronized by one thread for all
/// that wait at the moment, so that the cost of a disk flush is shared. Without a path nothing is kept.
/// </summary>
public sealed class AppendLog : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wake = new(0);
    private readonly Thread? writer;
    private FileStream? file;
    private MemoryStream pending = new();
    private MemoryStream spare = new();
    private TaskCompletionSource waiting = NewBatch();
    private Task last = Task.CompletedTask;
    private readonly Timer later;
    private bool called;
    private bool timed;
    private bool closed;

    public AppendLog(FileStream? file)
    {
        this.file = file;
        later = new Timer(_ => CallWriter());
        if (file is not null)
        {
            writer = new Thread(Write) { IsBackground = true, Name = "snapshot" };
            writer.Start();
        }
    }

    /// <summary>False when nothing is kept, so that nobody need write lines.</summary>
    public bool Keeps => file is not null;

    /// <summary>
    /// Adds a line; the task ends when it, and all before it, survive a power cut. A line that nobody waits for goes with the next
    /// one that somebody waits for, or a moment later.
    /// </summary>
    public Task Append(ReadOnlySpan<byte> line, bool awaited = true)
    {
        if (file is null)
        {
            return Task.CompletedTask;
        }

        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            pending.Write(line);
            pending.WriteByte((byte)'\n');
            last = waiting.Task;
            if (awaited)
            {
                Call();
            }
            else if (!timed)
            {
                timed = true;
                later.Change(Moment, Timeout.InfiniteTimeSpan);
            }

            return last;
        }
    }

    /// <summary>Ends when everything appended so far is durable.</summary>
    public Task Flushed()
    {
        lock (gate)
        {
            return last;
        }
    }

    /// <summary>Starts over with an empty file: what a reset does.</summary>
    public void Replace(Action<Stream> write)
    {
        if (file is null)
        {
            return;
        }

        Flushed().Wait();
        lock (gate)
        {
            file.SetLength(0);
            file.Position = 0;
            write(file);
            file.Flush(flushToDisk: true);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
        }

        wake.Release();
        writer?.Join();
        later.Dispose();
        file?.Dispose();
        file = null;
        wake.Dispose();
    }

    private void CallWriter()
    {
        lock (gate)
        {
            if (pending.Length > 0 && !closed)
            {
                Call();
            }
        }
    }

    private void Call()
    {
        if (!called)
        {
            called = true;
            wake.Release();
        }
    }

    private static TaskCompletionSource NewBatch() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Write()
    {
        while (true)
        {
            wake.Wait();
            MemoryStream batch;
            TaskCompletionSource done;
            lock (gate)
            {
                if (pending.Length == 0)
                {
                    called = false;
                    if (closed)
                    {
                        return;
                    }

                    continue;
                }

                (called, timed) = (false, false);
                (batch, pending) = (pending, spare);
                done = waiting;
                waiting = NewBatch();
            }

            try
            {
                file!.Write(batch.GetBuffer(), 0, (int)batch.Length);
                file.Flush(flushToDisk: true);
                done.SetResult();
            }
            catch (IOException failure)
            {
                done.SetException(failure);
            }

            batch.SetLength(0);
            spare = batch;
            lock (gate)
            {
                if (closed && pending.Length == 0)
                {
                    return;
                }
            }
        }
    }
}
