using System.Diagnostics;

namespace Marketplace.Testing;

/// <summary>A child process that cannot outlive this one, however this one ends: a small shell holds the other end of a pipe,
/// and when the pipe closes, be it by exit or by kill -9, it stops the child and removes the child's folder.</summary>
public sealed class BoundProcess : IDisposable
{
    // Written to stand alone: $1 signal, $2 log, $3 folder to remove at the end ('' keeps it), then the command.
    private const string Script = """
        signal=$1 log=$2 folder=$3; shift 3
        exec 3<&0 2>/dev/null
        "$@" </dev/null 3<&- >>"$log" 2>&1 &
        child=$!
        echo $child
        {
          read -r _ <&3
          trap '' TERM
          kill -s $signal $child 2>/dev/null
          for i in $(seq 60); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
          kill -s KILL $child 2>/dev/null
          [ -z "$folder" ] || rm -rf "$folder"
        } >/dev/null &
        watcher=$!
        wait $child
        kill $watcher 2>/dev/null
        wait $watcher
        """;

    private readonly Process shell;
    private readonly string log;

    private BoundProcess(Process shell, string log)
    {
        this.shell = shell;
        this.log = log;
        Id = int.Parse(shell.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The shell did not start."));
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    public int Id { get; }

    public bool HasExited => shell.HasExited;

    /// <summary>What the process wrote last, for the message of a failure.</summary>
    public string LastWords => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(20)) : "(no output)";

    /// <param name="stopSignal">The signal that ends the program in order.</param>
    /// <param name="log">Where its output goes.</param>
    /// <param name="folder">Removed when this process is gone; null keeps it.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="environment">Variables on top of this process's own.</param>
    public static BoundProcess Start(string stopSignal, string log, string? folder, string[] command, IReadOnlyDictionary<string, string>? environment = null)
    {
        // A session of its own: a signal to the whole group of the tests (Ctrl-C, timeout) would else end the shell before it has cleaned up.
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] arguments = ["/bin/sh", "-c", Script, "sh", stopSignal, log, folder ?? "", .. command];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!, log);
    }

    /// <summary>Sends a signal (<c>KILL</c>, <c>STOP</c>, <c>CONT</c>) to the program itself.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", ["-s", name, $"{Id}"]);
        kill.WaitForExit();
    }

    public Task UntilExited() => shell.WaitForExitAsync();

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        OnExit(null, EventArgs.Empty);
        shell.Dispose();
    }

    private void OnExit(object? sender, EventArgs e)
    {
        shell.StandardInput.Close();
        shell.WaitForExit(TimeSpan.FromSeconds(8));
    }
}
