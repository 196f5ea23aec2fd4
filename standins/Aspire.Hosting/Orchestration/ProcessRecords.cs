using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Remembers on disk which processes are ours, so that the next start recognises what a killed application host has left behind.</summary>
internal sealed class ProcessRecords(string folder, ILogger logger)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly Lock writing = new();
    private readonly string file = Path.Combine(folder, "processes.json");
    private readonly Dictionary<string, Entry> running = [];

    private sealed record Entry(string Resource, int Pid, long Start, string Boot);

    public void Started(string resource, int pid, long start)
    {
        lock (writing)
        {
            running[resource] = new(resource, pid, start, ProcessTable.Boot);
            Write();
        }
    }

    public void Ended(string resource)
    {
        lock (writing)
        {
            running.Remove(resource);
            Write();
        }
    }

    /// <summary>Ends what an earlier application host has started and left running: SIGTERM first, SIGKILL after eight seconds.</summary>
    public async Task EndOrphans(CancellationToken cancellation)
    {
        if (!File.Exists(file))
        {
            return;
        }

        var left = (JsonSerializer.Deserialize<Entry[]>(await File.ReadAllTextAsync(file, cancellation)) ?? [])
            .Where(e => e.Boot == ProcessTable.Boot)
            .Select(e => (e.Resource, Family: ProcessTable.Family(e.Pid, e.Start)))
            .Where(e => e.Family.Count > 0).ToArray();
        foreach (var (resource, family) in left)
        {
            logger.LogWarning("Ending {Count} process(es) of {Resource} that an earlier run has left behind (pid {Pid})", family.Count, resource, family[0].Pid);
            ProcessTable.Signal(family[0].Pid, ProcessTable.Terminate);
        }

        await End([.. left.SelectMany(e => e.Family)], Grace, cancellation);
        File.Delete(file);
    }

    /// <summary>Returns when none of the processes lives any more; those that outlive the grace period are killed.</summary>
    public static async Task End(IReadOnlyList<ProcessTable.Row> processes, TimeSpan grace, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (processes.Where(p => ProcessTable.Find(p.Pid)?.Start == p.Start).ToArray() is { Length: > 0 } alive)
        {
            if (waited.Elapsed > grace)
            {
                foreach (var process in alive)
                {
                    ProcessTable.Signal(process.Pid, ProcessTable.Kill);
                }
            }

            await Task.Delay(50, cancellation);
        }
    }

    /// <summary>Written whole and moved into place: a kill in between leaves the old file or the new one.</summary>
    private void Write()
    {
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(running.Values));
        File.Move(file + ".new", file, overwrite: true);
    }
}
