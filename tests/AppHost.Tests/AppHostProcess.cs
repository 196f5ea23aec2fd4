using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Marketplace.Testing;

namespace Marketplace.AppHost.Tests;

/// <summary>The real AppHost as a process of its own, on free ports and an empty data folder. It can be killed and started again.</summary>
public sealed partial class AppHostProcess : IDisposable
{
    private readonly string output = new DirectoryInfo(AppContext.BaseDirectory).Name;
    private readonly Dictionary<string, string> environment = [];
    private Process? process;

    public AppHostProcess()
    {
        const int PortsNeeded = 17;
        BasePort = Ports.FreeRow(PortsNeeded);
        environment["MARKETPLACE_BASE_PORT"] = $"{BasePort}";
        environment["MARKETPLACE_PORT"] = $"{BasePort + PortsNeeded - 1}";
        environment["MARKETPLACE_DATA"] = Data;
    }

    public int BasePort { get; }

    public string Data { get; } = Directory.CreateTempSubdirectory("marketplace-apphost-").FullName;

    /// <summary>Starts it and leaves it running; it ends with this process.</summary>
    public void Start(params string[] arguments)
    {
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "AppHost", output, "Marketplace.AppHost");
        Assert.True(File.Exists(program), $"{program} is missing: build AppHost.");
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" >>'{Data}/apphost.log' 2>&1 </dev/null", "sh", program, .. arguments])
        {
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start)!;
    }

    public void Kill() => Signal(9);

    public void Terminate() => Signal(15);

    public async Task<int> Exit()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process!.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>A resource's line in the state file, or null while this process has not written one: a killed AppHost leaves its own behind.</summary>
    public JsonNode? Resource(string name)
    {
        var file = Path.Combine(Data, "state.json");
        var state = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))! : null;
        return (int?)state?["appHost"] == process!.Id ? state!["resources"]!.AsArray().Single(r => (string?)r!["resource"] == name) : null;
    }

    public Task UntilHealthy(params string[] names) => Eventually.Until(
        () => names.All(n => (string?)Resource(n)?["health"] == "Healthy"), $"{string.Join(", ", names)} healthy: {Data}/apphost.log", TimeSpan.FromSeconds(90));

    /// <summary>The processes that have the data folder or the working copy's outputs on their command line, or work in the data folder.</summary>
    public string[] Leftovers() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])).Select(p =>
        {
            try
            {
                var line = File.ReadAllText(p + "/cmdline").Replace('\0', ' ');
                var variables = File.ReadAllText(p + "/environ");
                return (line.Contains(Data, StringComparison.Ordinal) || variables.Contains(Data, StringComparison.Ordinal)) && line.Length > 0 ? line : null;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }).OfType<string>(),
    ];

    public void Dispose()
    {
        if (process is { HasExited: false })
        {
            Terminate();
            process.WaitForExit(TimeSpan.FromSeconds(60));
        }

        process?.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private void Signal(int signal) => Assert.Equal(0, SendSignal(process!.Id, signal));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
