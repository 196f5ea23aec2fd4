using System.Globalization;

namespace Marketplace.AppHost;

/// <summary>
/// Where things are: ports on loopback (the gateway's from <c>MARKETPLACE_PORT</c>, all others counted from <c>MARKETPLACE_BASE_PORT</c>) and
/// folders under <c>MARKETPLACE_DATA</c>. Two systems run beside each other when all three differ.
/// </summary>
public sealed class Places
{
    /// <summary>The platform operator's sign-in; the password is the secret <c>operator-password</c>.</summary>
    public const string OperatorEmail = "operator@marketplace.localhost";

    /// <summary>In the order of their distance from the base port.</summary>
    private static readonly string[] Listeners =
    [
        "postgres", "messaging", "messaging-management", "messaging-distribution", "messaging-names", "stripe", "echo",
        "accounts", "catalog", "subscriptions", "invoicing", "webhooks", "dashboard", "otlp-grpc", "otlp-http", "resource-service",
    ];

    private readonly int gatewayPort;
    private readonly int basePort;

    private Places(int gatewayPort, int basePort, string data, bool liveStripe, bool containers)
    {
        this.gatewayPort = gatewayPort;
        this.basePort = basePort;
        Data = data;
        LiveStripe = liveStripe;
        Containers = containers;
    }

    /// <summary>The folder that holds everything the system keeps.</summary>
    public string Data { get; }

    /// <summary>A real Stripe account is used and the emulator left out: <c>MARKETPLACE_STRIPE=live</c>.</summary>
    public bool LiveStripe { get; }

    /// <summary>PostgreSQL and RabbitMQ run as containers: <c>MARKETPLACE_CONTAINERS=true</c>, set where an engine and the published package are.</summary>
    public bool Containers { get; }

    /// <summary>Reads the environment. A number that is none stops the start with the variable's name.</summary>
    public static Places FromEnvironment() => new(
        Number("MARKETPLACE_PORT", 8080),
        Number("MARKETPLACE_BASE_PORT", 8100),
        Path.GetFullPath(Environment.GetEnvironmentVariable("MARKETPLACE_DATA") is { Length: > 0 } data ? data : Path.Combine(Repository(), ".data")),
        string.Equals(Environment.GetEnvironmentVariable("MARKETPLACE_STRIPE"), "live", StringComparison.OrdinalIgnoreCase),
        string.Equals(Environment.GetEnvironmentVariable("MARKETPLACE_CONTAINERS"), "true", StringComparison.OrdinalIgnoreCase));

    /// <summary>The port of a listener.</summary>
    public int Port(string listener) => listener == "gateway" ? gatewayPort : basePort + Array.IndexOf(Listeners, listener) switch
    {
        < 0 => throw new ArgumentException($"No port is set aside for '{listener}'.", nameof(listener)),
        var index => index,
    };

    /// <summary>The loopback address of a listener.</summary>
    public string Url(string listener) => string.Create(CultureInfo.InvariantCulture, $"http://localhost:{Port(listener)}");

    /// <summary>Where the gateway is reached from outside: <c>MARKETPLACE_PUBLIC_URL</c>, else its loopback address.</summary>
    public string PublicUrl => Environment.GetEnvironmentVariable("MARKETPLACE_PUBLIC_URL") is { Length: > 0 } address ? address : Url("gateway");

    /// <summary>A folder for data that only its owner may enter, made when it is not there.</summary>
    public string Folder(string name)
    {
        var folder = Path.Combine(Data, name);
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder).FullName
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    /// <summary>A file in a folder for data.</summary>
    public string File(string folder, string name) => Path.Combine(Folder(folder), name);

    /// <summary>Keeps every other application host off this data folder until it is disposed. <c>./run</c> looks at the same lock.</summary>
    public FileStream Occupy()
    {
        const int Tries = 20;
        for (var left = Tries; ; left--)
        {
            try
            {
                return new FileStream(Path.Combine(Directory.CreateDirectory(Data).FullName, "apphost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException held) when (left == 0)
            {
                throw new DistributedApplicationException($"The system on {Data} runs already.", held);
            }
            catch (IOException)
            {
                // Somebody may only be looking.
                Thread.Sleep(50);
            }
        }
    }

    private static int Number(string variable, int otherwise) => Environment.GetEnvironmentVariable(variable) switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is > 1023 and < 65000 => port,
        var text => throw new DistributedApplicationException($"{variable} is '{text}': a port between 1024 and 64999 is needed."),
    };

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Directory.GetCurrentDirectory();
    }
}
