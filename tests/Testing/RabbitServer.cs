using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Marketplace.Testing;

/// <summary>The RabbitMQ broker that this test process uses: the one that <c>TEST_RABBITMQ</c> and <c>TEST_RABBITMQ_MANAGEMENT</c> name,
/// else one of our own, made from the distribution's package, on free ports, gone with this process.</summary>
public sealed class RabbitServer : IDisposable
{
    private const string Fix =
        "No RabbitMQ for the tests. Install it (apt-get install rabbitmq-server), or run ./test, which does, "
        + "or set TEST_RABBITMQ (amqp://user:password@host:port) and TEST_RABBITMQ_MANAGEMENT (http://user:password@host:port).";

    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private static readonly Lazy<Task<RabbitServer>> Running = new(FindOrStart);

    private readonly string? folder;
    private readonly int[] ports;
    private readonly HttpClient management;
    private BoundProcess? names;
    private BoundProcess? broker;

    private RabbitServer(Uri address, Uri managementAddress, string? folder, int[] ports)
    {
        Address = address;
        this.folder = folder;
        this.ports = ports;
        management = new() { BaseAddress = new Uri(managementAddress.GetLeftPart(UriPartial.Path).Replace(managementAddress.UserInfo + "@", "", StringComparison.Ordinal)) };
        management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(managementAddress.UserInfo))));
    }

    /// <summary><c>amqp://user:password@host:port</c>, without a virtual host.</summary>
    public Uri Address { get; }

    /// <summary>The one broker of this test process.</summary>
    public static Task<RabbitServer> Current() => Running.Value;

    /// <summary>A broker of the caller's own, for tests that kill or freeze it. Dispose it.</summary>
    public static async Task<RabbitServer> StartOwn()
    {
        if (!File.Exists(Program))
        {
            throw new InvalidOperationException(Fix);
        }

        var ports = Ports.Free(4);
        var server = new RabbitServer(
            new($"amqp://guest:guest@127.0.0.1:{ports[0]}"), new($"http://guest:guest@127.0.0.1:{ports[1]}"),
            Directory.CreateTempSubdirectory("marketplace-rabbitmq-").FullName, ports);
        await server.Start();
        return server;
    }

    /// <summary>Starts an own broker again, on the same ports and with what it had stored.</summary>
    public async Task Start()
    {
        var home = folder ?? throw new InvalidOperationException("TEST_RABBITMQ names a broker that is not ours to start or stop: use StartOwn.");
        File.WriteAllText(Path.Combine(home, "rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{ports[0]}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {ports[1]}
            disk_free_limit.absolute = 50MB
            log.console = true
            log.console.level = warning
            """);
        File.WriteAllText(Path.Combine(home, "enabled_plugins"), "[rabbitmq_management].");
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = home,
            ["ERL_EPMD_PORT"] = $"{ports[3]}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = $"test-{ports[0]}@localhost",
            ["RABBITMQ_DIST_PORT"] = $"{ports[2]}",
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(home, "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(home, "enabled_plugins"),
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(home, "data"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(home, "log"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            // Idle schedulers do not spin: the machine's cores belong to the tests.
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
            // Makes the start script become the broker instead of staying as its parent, so that a signal meets the broker itself.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        };

        // Erlang's name service, which the broker would else start as a daemon that outlives it. It lives as long as we do, so the folder goes with it.
        names ??= BoundProcess.Start("KILL", Path.Combine(home, "epmd.log"), home, ["epmd", "-port", $"{ports[3]}", "-address", "127.0.0.1"], environment);
        broker?.Dispose();
        broker = BoundProcess.Start("KILL", Path.Combine(home, "output.log"), null, [Program], environment);
        await Eventually.Until(
            async () => broker.HasExited
                ? throw new InvalidOperationException($"RabbitMQ ended while starting: {broker.LastWords}")
                : await Answers("api/health/checks/local-alarms") && await Answers("api/health/checks/port-listener/" + ports[0]),
            "RabbitMQ answers", TimeSpan.FromSeconds(90));
    }

    /// <summary>Ends an own broker at once, as <c>kill -9</c> does.</summary>
    public async Task Kill()
    {
        Own.Signal("KILL");
        await Own.UntilExited();
    }

    /// <summary>Freezes an own broker: connections stay open and nothing answers.</summary>
    public void Freeze() => Own.Signal("STOP");

    /// <summary>Lets a frozen broker go on.</summary>
    public void Thaw() => Own.Signal("CONT");

    /// <inheritdoc/>
    public void Dispose()
    {
        broker?.Dispose();
        names?.Dispose();
        management.Dispose();
    }

    internal async Task<T> Ask<T>(string path) => (await management.GetFromJsonAsync<T>(path))!;

    internal async Task Tell(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body ?? new { }) };
        using var response = await management.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    internal string User => Uri.UnescapeDataString(Address.UserInfo.Split(':')[0]);

    private BoundProcess Own => broker ?? throw new InvalidOperationException("TEST_RABBITMQ names a broker that is not ours to stop: use StartOwn.");

    private static async Task<RabbitServer> FindOrStart()
    {
        if (Environment.GetEnvironmentVariable("TEST_RABBITMQ") is not { Length: > 0 } given)
        {
            var own = await StartOwn();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => own.Dispose();
            return own;
        }

        var managed = Environment.GetEnvironmentVariable("TEST_RABBITMQ_MANAGEMENT")
            ?? throw new InvalidOperationException("TEST_RABBITMQ is set but TEST_RABBITMQ_MANAGEMENT is not: http://user:password@host:port.");
        var server = new RabbitServer(new(given), new(managed), null, []);
        return await server.Answers("api/overview")
            ? server
            : throw new InvalidOperationException($"The broker's management at TEST_RABBITMQ_MANAGEMENT does not answer. {Fix}");
    }

    private async Task<bool> Answers(string path)
    {
        try
        {
            using var response = await management.GetAsync(path);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
