using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Xunit;

namespace Marketplace.Testing;

/// <summary>The whole system on this machine, started through AppHost with ports and data of its own: real processes, so that a journey can kill them.
/// <c>TEST_SYSTEM</c> names the data folder of one that runs already (<c>.data</c> after <c>./run</c>), for a test that is run again and again.</summary>
public sealed partial class RunningSystem : IAsyncLifetime
{
    private const int PortsNeeded = 17;
    private readonly bool found = Environment.GetEnvironmentVariable("TEST_SYSTEM") is { Length: > 0 };
    private readonly string data = Environment.GetEnvironmentVariable("TEST_SYSTEM") is { Length: > 0 } folder ? folder : Directory.CreateTempSubdirectory("marketplace-journey-").FullName;
    private readonly int basePort = Ports.FreeRow(PortsNeeded);
    private Process? appHost;
    private bool kept;

    /// <summary>The gateway's address.</summary>
    public Uri Gateway => AddressOf("gateway");

    /// <summary>The Stripe emulator's address.</summary>
    public Uri Stripe => AddressOf("stripe");

    /// <summary>The address of the API that providers sell here.</summary>
    public Uri Echo => AddressOf("echo");

    /// <summary>The platform operator's password.</summary>
    public string OperatorPassword => File.ReadAllText(Path.Combine(data, "secrets", "operator-password")).Trim();

    /// <summary>Where mail is dropped.</summary>
    public string Mail => Path.Combine(data, "mail");

    /// <summary>How a service's own database is reached: PostgreSQL listens on the first of the ports, the emulator on the sixth.</summary>
    public string Database(string service) =>
        $"Host=127.0.0.1;Port={Stripe.Port - 5};Database={service};Username={service};Password={File.ReadAllText(Path.Combine(data, "secrets", "database-password")).Trim()}";

    /// <summary>Starts everything and waits until it is healthy.</summary>
    public async ValueTask InitializeAsync()
    {
        if (!found)
        {
            StartAppHost();
        }

        try
        {
            await UntilReady();
        }
        catch
        {
            // What its logs say is all there is to find out why.
            kept = true;
            throw;
        }
    }

    /// <summary>Stops everything and removes its data, unless a journey failed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (appHost is { HasExited: false })
        {
            _ = Kill(appHost.Id, 15);
            await appHost.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        }

        appHost?.Dispose();
        if (!kept && !found)
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Keeps data and logs of a journey that failed; where they are.</summary>
    public string Keep()
    {
        kept = true;
        return data;
    }

    /// <summary>The names of all resources that run as a process.</summary>
    public IReadOnlyList<string> Resources => [.. State()!["resources"]!.AsArray().Where(resource => resource!["pid"] is not null).Select(resource => (string)resource!["resource"]!)];

    /// <summary>The process of a resource.</summary>
    public int ProcessId(string resource) => (int)Resource(resource)["pid"]!;

    /// <summary>Kills a resource's process (-9) and returns when it is gone. AppHost starts it again. One that has just died of something else is killed as soon as it is there again.</summary>
    public async Task KillNow(string resource)
    {
        var pid = await Eventually.Until(() => Task.FromResult(Find(resource)), found => found is not null && Kill(found.Value, 9) == 0, $"{resource} killed", TimeSpan.FromSeconds(60));
        await Eventually.Until(() => Find(resource) != pid, $"{resource} gone", TimeSpan.FromSeconds(60));
    }

    /// <summary>Kills a resource's process (-9) and waits until it has been started again and is healthy.</summary>
    public async Task KillAndAwait(string resource)
    {
        var before = (int)Resource(resource)["restarts"]!;
        await KillNow(resource);
        await Eventually.Until(() => Task.FromResult(Resource(resource)), r => (int)r["restarts"]! > before && IsHealthy(r), $"{resource} healthy again", TimeSpan.FromSeconds(60));
    }

    /// <summary>Waits until every resource is healthy.</summary>
    public async Task UntilReady() =>
        await Eventually.Until(() => Task.FromResult(State()), s => (bool?)s?["ready"] == true, $"the system on {data} (logs are in its logs folder) ready", TimeSpan.FromSeconds(180));

    private static bool IsHealthy(JsonNode resource) => (string?)resource["state"] == "Running" && (string?)resource["health"] == "Healthy";

    private Uri AddressOf(string resource) => new((string)Resource(resource)["urls"]![0]!);

    private JsonNode Resource(string name) => State()!["resources"]!.AsArray().Single(r => (string?)r!["resource"] == name)!;

    private int? Find(string resource) => (int?)Resource(resource)["pid"];

    private JsonNode? State()
    {
        Assert.False(appHost?.HasExited == true, $"AppHost has ended; see {data}/apphost.log.");
        var file = Path.Combine(data, "state.json");
        return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) : null;
    }

    private void StartAppHost()
    {
        // artifacts/bin/Journeys/debug → artifacts/bin/AppHost/debug
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(output.Parent!.Parent!.FullName, "AppHost", output.Name, "Marketplace.AppHost");
        Assert.True(File.Exists(program), $"{program} is missing: build Marketplace.sln.");
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec setpriv --pdeathsig TERM -- '{program}' >'{data}/apphost.log' 2>&1"])
        {
            Environment =
            {
                ["MARKETPLACE_PORT"] = $"{basePort + PortsNeeded - 1}",
                ["MARKETPLACE_BASE_PORT"] = $"{basePort}",
                ["MARKETPLACE_DATA"] = data,
            },
        };

        // The kernel sends the parent-death signal when the thread that started a process ends, so that thread waits for it.
        using var started = new ManualResetEventSlim();
        new Thread(() =>
        {
            appHost = Process.Start(start)!;
            started.Set();
            appHost.WaitForExit();
        })
        { IsBackground = true, Name = "AppHost's parent" }.Start();
        started.Wait();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
