using System.Diagnostics;
using Npgsql;

namespace Marketplace.Testing;

/// <summary>The PostgreSQL server that this test process uses: the one that <c>TEST_POSTGRES</c> names (Npgsql connection string of a
/// superuser), else one of our own, made from the distribution's binaries, on a free port, gone with this process.</summary>
public sealed class PostgresServer : IDisposable
{
    /// <summary>What to do when there is no PostgreSQL.</summary>
    private const string Fix =
        "No PostgreSQL for the tests. Install it (apt-get install postgresql-15), or run ./test, which does, "
        + "or set TEST_POSTGRES to the Npgsql connection string of a superuser, such as Host=127.0.0.1;Port=5432;Username=postgres;Password=…";

    private static readonly Lazy<Task<PostgresServer>> Running = new(FindOrStart);

    private readonly BoundProcess? process;

    private PostgresServer(string connectionString, BoundProcess? process)
    {
        ConnectionString = connectionString;
        this.process = process;
    }

    /// <summary>Npgsql connection string of a superuser, to the server's own database.</summary>
    public string ConnectionString { get; }

    /// <summary>The main process of an own server.</summary>
    public int ProcessId => process?.Id ?? throw new InvalidOperationException("TEST_POSTGRES names a server that is not ours: use StartOwn.");

    /// <summary>The one server of this test process.</summary>
    public static Task<PostgresServer> Current() => Running.Value;

    /// <summary>A server of the caller's own, for tests that stop or freeze it. Dispose it.</summary>
    /// <param name="durable">Whether it waits for the disk, as in production; otherwise only a crash of the machine loses data.</param>
    public static async Task<PostgresServer> StartOwn(bool durable = false)
    {
        var folder = Directory.CreateTempSubdirectory("marketplace-postgres-").FullName;
        try
        {
            return await Start(folder, durable);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Sends a signal (<c>STOP</c>, <c>CONT</c>, <c>KILL</c>) to an own server's main process.</summary>
    public void Signal(string name) =>
        (process ?? throw new InvalidOperationException("TEST_POSTGRES names a server that is not ours to signal: use StartOwn.")).Signal(name);

    /// <inheritdoc/>
    public void Dispose() => process?.Dispose();

    private static async Task<PostgresServer> FindOrStart()
    {
        if (Environment.GetEnvironmentVariable("TEST_POSTGRES") is not { Length: > 0 } given)
        {
            return await StartOwn();
        }

        try
        {
            await using var database = NpgsqlDataSource.Create(given);
            await using var select = database.CreateCommand("select 1");
            await select.ExecuteScalarAsync();
        }
        catch (NpgsqlException exception)
        {
            throw new InvalidOperationException($"TEST_POSTGRES names a server that does not answer: {exception.Message}. {Fix}", exception);
        }

        return new(given, null);
    }

    private static async Task<PostgresServer> Start(string folder, bool durable)
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin"))
                .Where(d => File.Exists(Path.Combine(d, "postgres"))).OrderBy(d => d, StringComparer.Ordinal).LastOrDefault()
            : null;
        if (binaries is null)
        {
            throw new InvalidOperationException(Fix);
        }

        // PostgreSQL refuses to run as root; the package brings a user of its own.
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
        if (Environment.IsPrivilegedProcess)
        {
            await Run("chown", "postgres", folder);
        }

        var data = Path.Combine(folder, "data");
        await Run([.. user, Path.Combine(binaries, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);

        var port = Ports.Free();
        string[] settings =
        [
            $"port={port}", "listen_addresses=127.0.0.1", $"unix_socket_directories={folder}", "max_connections=300", "shared_buffers=128MB",
            .. durable ? Array.Empty<string>() : ["fsync=off", "full_page_writes=off"],
        ];
        var process = BoundProcess.Start("QUIT", Path.Combine(folder, "log"), folder,
            [.. user, Path.Combine(binaries, "postgres"), "-D", data, .. settings.SelectMany(s => new[] { "-c", s })]);

        var server = new PostgresServer($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Include Error Detail=true", process);
        await server.UntilAnswering();
        return server;
    }

    private static async Task Run(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var running = Process.Start(start)!;
        var output = running.StandardOutput.ReadToEndAsync();
        var errors = await running.StandardError.ReadToEndAsync();
        await running.WaitForExitAsync();
        if (running.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} failed: {await output}{errors}");
        }
    }

    private async Task UntilAnswering()
    {
        await using var database = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false;Timeout=5");
        await Eventually.Until(
            async () =>
            {
                if (process!.HasExited)
                {
                    throw new InvalidOperationException($"PostgreSQL ended while starting: {process.LastWords}");
                }

                try
                {
                    await using var select = database.CreateCommand("select 1");
                    return await select.ExecuteScalarAsync() is 1;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            "PostgreSQL answers", TimeSpan.FromSeconds(90));
    }
}
