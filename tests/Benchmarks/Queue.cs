using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Marketplace.Benchmarks;

/// <summary>A queue of as many customers as first invoices, carried out by two Invoicing processes that share the rate of one live account. Every answer takes a tenth of a
/// second, so that the rate is reached by lanes beside each other or not at all. The peer is the rate itself.</summary>
public static class Queue
{
    private const string Integration = "bil_benchmark";
    private const string Organization = "org_benchmark";
    private const string Account = "acct_1Benchmark0000000";
    private const string Key = "sk_live_51Benchmark0000000abcdefgh";
    private const int Processes = 2;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);

    public static async Task Measure(int jobs, int perSecond)
    {
        using var postgres = await PostgresServer.StartOwn(durable: true);
        using var broker = await RabbitServer.StartOwn();
        await using var host = await TestVirtualHost.Create("bench", broker);
        await Webhooks.Hear<InvoiceChanged>(host);
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        var servers = new List<Server>();
        try
        {
            var database = await Webhooks.Database(postgres, "queue");
            using var emulator = await Emulate(folder);
            await using var proxy = await RecordingProxy.Start(emulator.Address, Latency);
            for (var number = 0; number < Processes; number++)
            {
                servers.Add(await Invoicing(number, database, proxy.Address, perSecond, host, folder));
            }

            await using var source = NpgsqlDataSource.Create(database + ";Command Timeout=120");
            await Fill(source, jobs / 2);
            var (watch, before) = (Stopwatch.StartNew(), Processor(servers));
            await Execute(source, "update billing_integrations set queue_status = 'running'");
            while (await Scalar(source, "select count(*) from stripe_jobs") is > 0 and var left)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0} s: {left} jobs left"));
                await Task.Delay(TimeSpan.FromSeconds(watch.Elapsed < TimeSpan.FromSeconds(10) ? 1 : 5), TimeProvider.System);
            }

            var processor = Processor(servers) - before;
            Report(jobs, perSecond, proxy, processor);
            await Check(source, emulator, jobs / 2);
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
            folder.Delete(recursive: true);
        }
    }

    private static void Report(int jobs, int perSecond, RecordingProxy proxy, TimeSpan processor)
    {
        var arrivals = proxy.Arrivals;
        var took = arrivals[^1];
        var rate = (arrivals.Count - 1) / took;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{jobs} jobs by {Processes} processes: {arrivals.Count} requests in {took:0.0} s, {rate:0.0} /s: {rate / perSecond:P1} of the account's {perSecond} /s; {jobs / took:0.0} jobs /s"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"most requests in any second {MostInOneSecond(arrivals)}; {proxy.TurnedAway} answered 429; {processor.TotalMicroseconds / jobs:0} µs CPU a job"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg")[..14]}"));
    }

    private static int MostInOneSecond(List<double> arrivals)
    {
        var (most, from) = (0, 0);
        for (var to = 0; to < arrivals.Count; to++)
        {
            while (arrivals[to] - arrivals[from] >= 1)
            {
                from++;
            }

            most = Math.Max(most, to - from + 1);
        }

        return most;
    }

    // Each invoice is issued once, here and at Stripe.
    private static async Task Check(NpgsqlDataSource source, Server emulator, int invoices)
    {
        var open = await Scalar(source, "select count(*) from invoices i join stripe_objects o on o.our_id = i.id where i.status = 'open'");
        using var http = new HttpClient { BaseAddress = emulator.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var (atStripe, after) = (new List<string>(), "");
        while (true)
        {
            var page = (await http.GetFromJsonAsync<JsonObject>($"/v1/invoices?limit=100{after}"))!;
            var data = page["data"]!.AsArray();
            atStripe.AddRange(data.Select(invoice => invoice!["metadata"]!["marketplace_id"]!.GetValue<string>()));
            if (!page["has_more"]!.GetValue<bool>())
            {
                break;
            }

            after = $"&starting_after={data[^1]!["id"]}";
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{open} of {invoices} invoices open; at Stripe {atStripe.Count}, {atStripe.Count - atStripe.Distinct(StringComparer.Ordinal).Count()} of them twice"));
    }

    private static Task<Server> Emulate(DirectoryInfo folder)
    {
        var address = Webhooks.Address();
        return Server.Start(
            address,
            Path.Combine(folder.FullName, "emulator.log"),
            [Path.Combine(Repository.Root, "artifacts", "bin", "StripeEmulator", "release", "Marketplace.StripeEmulator.dll")],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["ASPNETCORE_URLS"] = address.ToString(), ["Logging__LogLevel__Default"] = "Warning" });
    }

    private static Task<Server> Invoicing(int number, string database, string stripe, int perSecond, TestVirtualHost host, DirectoryInfo folder)
    {
        var address = Webhooks.Address();
        return Server.Start(
            address,
            Path.Combine(folder.FullName, $"invoicing-{number}.log"),
            [Path.Combine(Repository.Root, "artifacts", "bin", "Invoicing", "release", "Marketplace.Invoicing.dll")],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ASPNETCORE_URLS"] = address.ToString(),
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ConnectionStrings__invoicing"] = database,
                ["ConnectionStrings__messaging"] = host.Address.ToString(),
                ["Stripe__ApiBase"] = stripe,
                ["Stripe__RequestsPerSecond__Live"] = perSecond.ToString(CultureInfo.InvariantCulture),
                ["Reconciliation__Daily"] = "false",
                ["Encryption__Key"] = TestSecrets.EncryptionKey,
                ["DataProtection__KeyRing"] = folder.FullName,
                ["Logging__LogLevel__Default"] = "Warning",
            });
    }

    // What approvals of so many subscriptions leave behind, with the queue paused until all of it is there.
    private static async Task Fill(NpgsqlDataSource source, int subscriptions)
    {
        var cipher = new FieldCipher(new ConfigurationBuilder().AddInMemoryCollection([new("Encryption:Key", TestSecrets.EncryptionKey)]).Build());
        await Execute(
            source,
            """
            insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, queue_status, created_at)
            values ($1, $2, 'b', 'B', $3, true, 'invoices', 'pk_live_x', $4, 'hint', 'paused', now())
            """, Integration, Organization, Account, cipher.Encrypt(Key, Organization, Integration, "secret-key"));
        foreach (var table in (string[])
            [
                "customers (id, integration_id, organization_id, name, email, created_at) select 'cst_' || n, $1, 'org_' || n, 'Consumer ' || n, n || '@example.com', now()",
                "subscriptions (id, organization_id, integration_id) select 'sub_' || n, 'org_' || n, $1",
                """
                invoices (id, subscription_id, organization_id, provider_organization_id, integration_id, customer_id, kind, period_start, status, level, description, currency, total,
                    payment_term_days, created_at)
                select 'inv_' || n, 'sub_' || n, 'org_' || n, 'org_benchmark', $1, 'cst_' || n, 'initial', now(), 'draft', 'pending', 'Weather', 'usd', 2500, 14, now()
                """,
                """
                invoice_lines (invoice_id, position, subscription_id, kind, description, quantity, unit_amount, amount, period_start, period_end)
                select 'inv_' || n, 1, 'sub_' || n, 'base', 'Base price', 1, 2500, 2500, now(), now() + interval '1 month' where $1 <> ''
                """,
                "stripe_lanes (integration_id, lane) select $1, 'org_' || n",
                """
                stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, created_at, head)
                select 'job_c' || n, $1, 'org_' || n, 'org_' || n, 'create_customer', 'cst_' || n, now(), now(), true
                """,
                """
                stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, created_at)
                select 'job_i' || n, $1, 'org_' || n, 'org_' || n, 'issue_invoice', 'inv_' || n, now(), now()
                """,
            ])
        {
            var where = table.IndexOf(" where ", StringComparison.Ordinal);
            await Execute(source, $"insert into {(where < 0 ? table : table[..where])} from generate_series(1, {subscriptions}) n{(where < 0 ? "" : table[where..])}", Integration);
        }
    }

    private static TimeSpan Processor(List<Server> servers) => servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + server.Processor);

    private static async Task Execute(NpgsqlDataSource source, string sql, params string[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> Scalar(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
