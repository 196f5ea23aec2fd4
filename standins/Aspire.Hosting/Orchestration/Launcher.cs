using System.Collections.Concurrent;
using System.Diagnostics;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Starts processes from one thread that lives as long as the application host. The kernel sends the parent-death signal when the thread that
/// started a process ends; a thread of the pool may end at any time.
/// </summary>
internal sealed class Launcher : IDisposable
{
    // Runs what follows unless its parent is another process than the one named first. In bash: other shells drop variables with a dot in their name.
    private const string UnlessOrphaned = "[ \"$PPID\" = \"$0\" ] && exec \"$@\"";

    private readonly BlockingCollection<Action> starts = [];

    /// <summary>What a command starts with here.</summary>
    internal static IReadOnlyList<string> Wrapper { get; } = Wrap();

    public Launcher() => new Thread(() =>
    {
        foreach (var start in starts.GetConsumingEnumerable())
        {
            start();
        }
    })
    { IsBackground = true, Name = "launcher" }.Start();

    /// <summary>Starts a process in a session of its own that is killed when this process dies.</summary>
    public Task<Process> Start(Command command)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        starts.Add(() =>
        {
            try
            {
                started.SetResult(Begin(command));
            }
            catch (Exception failed)
            {
                started.SetException(failed);
            }
        });
        return started.Task;
    }

    public void Dispose() => starts.CompleteAdding();

    private static Process Begin(Command command)
    {
        string[] line = [.. Wrapper, command.File, .. command.Arguments];
        var info = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            WorkingDirectory = command.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
        {
            info.Environment[name] = value;
        }

        var process = Process.Start(info)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>
    /// setsid, setpriv (util-linux) and the shell replace themselves by the command, so that the pid is the command's own. The shell looks whether
    /// we still live: had we died before setpriv asked for the signal, none would come.
    /// </summary>
    private static string[] Wrap()
    {
        static string? Find(string tool) => new[] { "/usr/bin/", "/bin/" }.Select(f => f + tool).FirstOrDefault(File.Exists);
        return Find("setsid") is { } setsid && Find("setpriv") is { } setpriv
            ? [setsid, setpriv, "--pdeathsig", "KILL", "--", "/bin/bash", "-c", UnlessOrphaned, $"{Environment.ProcessId}"]
            : [];
    }
}

/// <summary>What to start: program, arguments, folder, and the variables added to ours.</summary>
internal sealed record Command(string File, IReadOnlyList<string> Arguments, string Folder, IReadOnlyDictionary<string, string> Environment);
