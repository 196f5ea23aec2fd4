using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>The gateway as it is delivered: its own process on a real port. Kill it and start it again on the same journal.</summary>
public sealed class GatewayProcess : IDisposable
{
    private readonly Dictionary<string, string> settings;
    private readonly string log;
    private BoundProcess? process;

    public GatewayProcess(IReadOnlyDictionary<string, string> settings, string folder)
    {
        Port = Ports.Free();
        log = Path.Combine(folder, $"gateway-{Port}.log");
        this.settings = new(settings)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Port}",
            ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(Assembly)!,
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_TieredPGO"] = "0",
        };
        // A caller who asks first whether its body is wanted waits for the answer, however busy the machine is.
        Client = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = new($"http://127.0.0.1:{Port}/"), Timeout = TimeSpan.FromSeconds(60) };
    }

    public int Port { get; }

    public HttpClient Client { get; }

    public bool HasExited => process?.HasExited ?? true;

    public string Log => File.Exists(log) ? File.ReadAllText(log) : "";

    /// <summary>Its resident memory.</summary>
    public long ResidentBytes => System.Diagnostics.Process.GetProcessById(process!.Id).WorkingSet64;

    /// <summary>Limits how large its files may grow (bytes, or <c>unlimited</c>): a write beyond fails as on a full disk.</summary>
    public void LimitFiles(string bytes)
    {
        using var limit = System.Diagnostics.Process.Start("/usr/bin/prlimit", ["--pid", $"{process!.Id}", $"--fsize={bytes}:unlimited"]);
        limit.WaitForExit();
        Assert.Equal(0, limit.ExitCode);
    }

    /// <summary>Starts it and, unless told otherwise, waits until it is ready.</summary>
    public async Task Start(bool untilReady = true)
    {
        process?.Dispose();
        process = BoundProcess.Start("TERM", log, null, ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", "dotnet", Assembly], settings);
        if (untilReady)
        {
            await Eventually.Until(
                async () => process.HasExited ? throw new InvalidOperationException($"The gateway ended: {process.LastWords}") : await Ready(),
                "the gateway is ready", TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task Kill()
    {
        process!.Signal("KILL");
        await process.UntilExited();
    }

    /// <summary>Ends it in order and waits for it.</summary>
    public async Task Stop()
    {
        process!.Signal("TERM");
        await process.UntilExited();
    }

    public async Task UntilExited() => await process!.UntilExited().WaitAsync(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        process?.Dispose();
        Client.Dispose();
    }

    // The one that this suite was built with.
    private static string Assembly => Path.Combine(
        Repository.Root, "artifacts", "bin", "Gateway", new DirectoryInfo(AppContext.BaseDirectory).Name, "Marketplace.Gateway.dll");

    private async Task<bool> Ready()
    {
        try
        {
            using var response = await Client.GetAsync("ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
