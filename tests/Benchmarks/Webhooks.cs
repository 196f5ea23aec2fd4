using System.Diagnostics;
using System.Globalization;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.Configuration;
using Npgsql;
using RabbitMQ.Client;

namespace Marketplace.Benchmarks;

/// <summary>Webhooks stored per second by WebhookIngest, a bare endpoint and Supabase's sync engine: the same signed events, one PostgreSQL that waits for the disk, in turns.</summary>
public static class Webhooks
{
    private const string Secret = "whsec_benchmark";
    private const string Integration = "bil_benchmark";
    private const int Connections = 64;
    private const int Rounds = 3;

    public static async Task Measure(int events)
    {
        using var postgres = await PostgresServer.StartOwn(durable: true);
        using var broker = await RabbitServer.StartOwn();
        await using var host = await TestVirtualHost.Create("bench", broker);
        await Hear<StripeEventsReceived>(host);
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            using var bare = await Bare(postgres, folder);
            using var ours = await Ours(postgres, host, folder);
            using var engine = await Engine(postgres, folder);
            Target[] targets = [bare, ours, .. engine is null ? Array.Empty<Target>() : [engine]];
            foreach (var target in targets)
            {
                await Load.Closed(target.Server.Address, SignedEvents.Make(events / 2, target.Path, Secret), Connections);
                await target.Settled();
                await target.Answered();
            }

            var runs = targets.ToDictionary(target => target, _ => new List<Measured>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var target in targets)
                {
                    runs[target].Add(await Once(target, target == engine ? events / 4 : events, postgres));
                }
            }

            foreach (var target in targets)
            {
                var median = Median(runs[target]);
                Console.WriteLine($"{median}{(target == bare ? "" : Ratio(median, Median(runs[bare]), "the bare endpoint"))}{(target == ours && engine is not null ? Ratio(median, Median(runs[engine]), "the sync engine") : "")}");
            }

            await Times([bare, ours], postgres);
            var ceiling = await Events(postgres);
            await Clean(postgres);
            Console.WriteLine(await Ceiling(ceiling, folder, 10, 500));
            await Overload(ours, Median(runs[ours]).Rate, postgres);
            Console.WriteLine(await Ceiling(ceiling, folder, 4));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg")[..14]}; one of the processes is the sender"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Each begins when all is on the disk, so that none pays for what another one wrote.
    private static async Task Times(Target[] targets, PostgresServer postgres)
    {
        var seen = targets.ToDictionary(target => target, _ => new List<Answers>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var target in targets)
            {
                var requests = SignedEvents.Make(5000, target.Path, Secret);
                await Clean(postgres);
                seen[target].Add(await Load.Open(target.Server.Address, requests, Connections, 500));
                await target.Settled();
                await target.Answered();
            }
        }

        foreach (var target in targets)
        {
            Print($"{target.Name}: 500/s, open loop", seen[target].OrderBy(answers => answers.Percentile(99)).ElementAt(Rounds / 2));
        }
    }

    private static async Task Overload(Target target, double capacity, PostgresServer postgres)
    {
        var offered = 5 * capacity;
        var requests = SignedEvents.Make((int)(offered * 5), target.Path, Secret);
        await Clean(postgres);
        using var sender = Process.GetCurrentProcess();
        var before = (Server: target.Server.Processor, Database: ProcessorTime.Of(postgres.ProcessId), Sender: sender.TotalProcessorTime);
        var answers = await Load.Open(target.Server.Address, requests, 1024, offered);
        sender.Refresh();
        Print(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {offered:0}/s offered, 5 times its rate"), answers);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  goodput {answers.Rate / capacity:P0} of its rate; {(answers.Good + answers.TurnedAway + answers.Bad) / answers.Took.TotalSeconds:0} /s came through the sender; of each second's processor time the service had "
            + $"{(target.Server.Processor - before.Server) / answers.Took:0.00}, PostgreSQL {(ProcessorTime.Of(postgres.ProcessId) - before.Database) / answers.Took:0.00}, the sender {(sender.TotalProcessorTime - before.Sender) / answers.Took:0.00}"));
    }

    private static async Task Clean(PostgresServer postgres)
    {
        GC.Collect();
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var write = source.CreateCommand("checkpoint");
        write.CommandTimeout = 60;
        await write.ExecuteNonQueryAsync();
    }

    private static async Task<Measured> Once(Target target, int events, PostgresServer postgres)
    {
        var requests = SignedEvents.Make(events, target.Path, Secret);
        var (before, database) = (target.Server.Processor, ProcessorTime.Of(postgres.ProcessId));
        var answers = await Load.Closed(target.Server.Address, requests, Connections);
        if (answers.Good != events)
        {
            throw new InvalidOperationException($"{target.Name}: {answers.Good} of {events} stored, {answers.TurnedAway} turned away, {answers.Bad} failed.");
        }

        // Announcing what was stored is part of what it costs, though not of the time to the answers.
        await target.Settled();
        var measured = new Measured(target.Name, events, answers.Took, target.Server.Processor - before, ProcessorTime.Of(postgres.ProcessId) - database);
        await target.Answered();
        return measured;
    }

    private static Measured Median(List<Measured> runs) => runs.OrderBy(run => run.Rate).ElementAt(runs.Count / 2);

    private static string Ratio(Measured ours, Measured peer, string whose) => string.Create(CultureInfo.InvariantCulture, $"  ({ours.Rate / peer.Rate:0.00} of {whose}'s rate, {ours.Microseconds / peer.Microseconds:0.00} of its CPU)");

    private static void Print(string name, Answers answers) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: {answers.Rate:0} /s stored, p50 {answers.Percentile(50):0.0} ms, p99 {answers.Percentile(99):0.0} ms, {answers.TurnedAway} turned away, {answers.Bad} failed"));

    private static async Task<Target> Bare(PostgresServer postgres, DirectoryInfo folder)
    {
        var (address, database) = (Address(), await Database(postgres, "bare"));
        var server = await Server.Start(address, Path.Combine(folder.FullName, "bare.log"), [typeof(Webhooks).Assembly.Location, "webhook-peer", address.ToString(), database, Secret]);
        return new("bare Kestrel endpoint, one insert a request", server, "/webhooks", null);
    }

    private static async Task<Target> Ours(PostgresServer postgres, TestVirtualHost host, DirectoryInfo folder)
    {
        var (address, database) = (Address(), await Database(postgres, "ours"));
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "WebhookIngest", "release", "Marketplace.WebhookIngest.dll");
        var server = await Server.Start(address, Path.Combine(folder.FullName, "ours.log"), [program], new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = address.ToString(),
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__webhooks"] = database,
            ["ConnectionStrings__messaging"] = host.Address.ToString(),
            ["Encryption__Key"] = TestSecrets.EncryptionKey,
            ["DataProtection__KeyRing"] = folder.FullName,
            ["Logging__LogLevel__Default"] = "Warning",
        });
        var source = NpgsqlDataSource.Create(database);
        var cipher = new FieldCipher(new ConfigurationBuilder().AddInMemoryCollection([new("Encryption:Key", TestSecrets.EncryptionKey)]).Build());
        await using var insert = source.CreateCommand(
            "insert into webhook_endpoints (integration_id, organization_id, account_id, livemode, secrets, deleted, version) values ($1, 'org_benchmark', 'acct_1', false, array[$2], false, 1)");
        insert.Parameters.AddWithValue(Integration);
        insert.Parameters.AddWithValue(cipher.Encrypt(Secret, "org_benchmark", Integration, "webhook-secret"));
        await insert.ExecuteNonQueryAsync();
        return new("WebhookIngest, announcing over RabbitMQ", server, $"/webhooks/stripe/{Integration}", source);
    }

    // Null where npm could not bring it.
    private static async Task<Target?> Engine(PostgresServer postgres, DirectoryInfo folder)
    {
        if (Environment.GetEnvironmentVariable("BENCH_PEERS") is not { Length: > 0 } modules)
        {
            Console.WriteLine("@supabase/stripe-sync-engine is not there: it is left out.");
            return null;
        }

        var address = Address();
        var database = new NpgsqlConnectionStringBuilder(await Database(postgres, "engine"));
        var program = Path.Combine(Repository.Root, "tests", "Benchmarks", "Peers", "sync-engine.cjs");
        var server = await Server.Start(address, Path.Combine(folder.FullName, "engine.log"), [program], new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["NODE_PATH"] = Path.Combine(modules, "node_modules"),
            ["DATABASE_URL"] = $"postgres://postgres@127.0.0.1:{database.Port}/{database.Database}",
            ["PORT"] = address.Port.ToString(CultureInfo.InvariantCulture),
            ["SIGNING_SECRET"] = Secret,
        }, program: "node");
        return new("@supabase/stripe-sync-engine, upserts the invoice", server, "/", null);
    }

    // What PostgreSQL alone can do with one row of that size a commit: as many as it can, or at a fixed rate, and then in which time.
    private static async Task<string> Ceiling(string database, DirectoryInfo folder, int seconds, int? perSecond = null)
    {
        var script = Path.Combine(folder.FullName, "insert.sql");
        await File.WriteAllTextAsync(script, "\\set n random(1, 9000000000000000)\ninsert into events (event_id, body) values ('evt_' || :n, decode(repeat('7b2261223a', 560), 'hex')) on conflict do nothing;\n");
        var server = new NpgsqlConnectionStringBuilder(database);
        var times = Directory.CreateDirectory(Path.Combine(folder.FullName, Path.GetRandomFileName()));
        string[] paced = perSecond is null ? [] : ["-R", $"{perSecond}", "-l", "--log-prefix", Path.Combine(times.FullName, "times")];
        var start = new ProcessStartInfo("pgbench", ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", $"{seconds}", "-f", script, .. paced, "-h", "127.0.0.1", "-p", $"{server.Port}", "-U", "postgres", server.Database!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        // The third figure of each line: microseconds from when the row was due.
        var taken = times.GetFiles().SelectMany(file => File.ReadLines(file.FullName)).Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture) / 1000).ToArray();
        var rate = output.Split('\n').FirstOrDefault(line => line.StartsWith("tps", StringComparison.Ordinal)) ?? "it did not run";
        var answers = new Answers(taken.Length, 0, 0, TimeSpan.FromSeconds(seconds), taken);
        return string.Create(CultureInfo.InvariantCulture, $"pgbench, 16 clients, one row of 2.8 kB a commit: {rate}{(perSecond is null ? "" : $", p50 {answers.Percentile(50):0.0} ms, p99 {answers.Percentile(99):0.0} ms")}");
    }

    private static async Task<string> Events(PostgresServer postgres)
    {
        var database = await Database(postgres, "ceiling");
        await using var source = NpgsqlDataSource.Create(database);
        await using var table = source.CreateCommand("create table events (id bigint generated always as identity primary key, event_id text unique, body bytea not null)");
        await table.ExecuteNonQueryAsync();
        return database;
    }

    // A queue that takes what is announced, as its hearer's does, and keeps the last of it.
    internal static async Task Hear<TMessage>(TestVirtualHost host)
    {
        await using var connection = await new ConnectionFactory { Uri = host.Address }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var exchange = $"{typeof(TMessage).Namespace}:{typeof(TMessage).Name}";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false);
        await channel.QueueDeclareAsync("heard", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-max-length"] = 1000 });
        await channel.QueueBindAsync("heard", exchange, "");
    }

    internal static Uri Address() => new($"http://127.0.0.1:{Ports.Free()}");

    internal static async Task<string> Database(PostgresServer postgres, string name)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }

    private sealed record Target(string Name, Server Server, string Path, NpgsqlDataSource? Outbox) : IDisposable
    {
        /// <summary>Waits until all that it stored is announced too, so that this is not left to the next one's time.</summary>
        public async Task Settled()
        {
            while (Outbox is not null)
            {
                await using var left = Outbox.CreateCommand("select exists (select 1 from outbox)");
                if (await left.ExecuteScalarAsync() is false)
                {
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }

        /// <summary>What Invoicing's answers do: without them everything would be announced again, in somebody else's time.</summary>
        public async Task Answered()
        {
            if (Outbox is not null)
            {
                await using var close = Outbox.CreateCommand("update webhook_events set state = 'handled', next_attempt_at = null where state = 'announced'");
                close.CommandTimeout = 60;
                await close.ExecuteNonQueryAsync();
            }
        }

        public void Dispose()
        {
            Outbox?.Dispose();
            Server.Dispose();
        }
    }
}
