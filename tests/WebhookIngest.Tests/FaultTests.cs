using System.Diagnostics;
using System.Net;
using System.Text;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;
using Marketplace.WebhookIngest.Ingest;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>A service whose database server the test may freeze and kill.</summary>
public sealed class IngestOnOwnServer : IngestApp
{
    private TestDatabase? own;

    public PostgresServer Postgres { get; private set; } = null!;

    public TestDatabase Own => own!;

    protected override bool KeepsTimeLimits => true;

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("ConnectionStrings:webhooks", Own.ConnectionString)];

    public override async ValueTask InitializeAsync()
    {
        Postgres = await PostgresServer.StartOwn();
        own = await TestDatabase.Create("webhooks", Postgres);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Own.Source.DisposeAsync();
        Postgres.Dispose();
    }
}

public sealed class DatabaseFaultTests(IngestOnOwnServer app) : IClassFixture<IngestOnOwnServer>
{
    // One test, because the last step takes the server away.
    [Fact]
    public async Task What_could_not_be_stored_is_not_acknowledged_and_is_taken_when_it_comes_again()
    {
        var integration = await app.Integration();
        var body = IngestApp.Event(IngestApp.NewEventId());
        await app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId())).Expect();

        // No announcement without the row, and no row without its announcement.
        await app.Own.Execute("alter table outbox rename to outbox_away");
        await app.Deliver(integration, body).ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");
        await app.Own.Execute("alter table outbox_away rename to outbox");
        Assert.Equal(1L, await Stored());

        // A database that answers nothing: a table that is locked, then a server that takes no connection.
        await using (var connection = await app.Own.Source.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("lock table webhook_events in access exclusive mode", connection, transaction);
            await hold.ExecuteNonQueryAsync();
            await TurnedAway(integration, body);
        }

        app.Postgres.Signal("STOP");
        app.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        await TurnedAway(integration, body);
        app.Postgres.Signal("CONT");
        await Eventually.Passes(async () => await app.Deliver(integration, body).Expect());
        Assert.Equal(2L, await Stored());

        app.Postgres.Signal("KILL");
        app.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        await TurnedAway(integration, IngestApp.Event(IngestApp.NewEventId()));
        Assert.False(app.Logs.Contain(integration.Secrets[0]));
    }

    private async Task TurnedAway(Integration integration, string body)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await app.Deliver(integration, body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    private Task<long> Stored() => app.Own.Scalar<long>("select count(*) from webhook_events");
}

public sealed class CrowdedIngest : IngestApp
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Ingest:Concurrency", "2")];
}

public sealed class OverloadTests(CrowdedIngest app) : IClassFixture<CrowdedIngest>
{
    [Fact]
    public async Task Above_the_cap_deliveries_are_turned_away_with_a_time_to_come_again()
    {
        var integration = await app.Integration();
        await app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId())).Expect();
        Task<HttpResponseMessage>[] held;

        await using (await app.HoldInserts())
        {
            held = [Deliver(), Deliver()];
            await app.Database.UntilBlockedOnLocks(1);
            await Eventually.Until(() => app.Services.GetRequiredService<IngestLimit>().IsFull, "both are at work");
            var others = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Deliver()));
            Assert.All(others, o => Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(5)), (o.StatusCode, o.Headers.RetryAfter?.Delta)));
            await Task.FromResult(others[0]).ExpectProblem(HttpStatusCode.ServiceUnavailable, "overloaded");
            // Nobody waits for what it is not going to read.
            await app.Stripe.SendAsync(IngestApp.Dripping(integration)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "overloaded");
            // The inbox has no part in the cap.
            await app.ClientFor(TestCaller.Operator()).Get("/v1/webhook-events");
        }

        Assert.All(await Task.WhenAll(held), h => Assert.Equal(HttpStatusCode.OK, h.StatusCode));
        await Deliver().Expect();

        Task<HttpResponseMessage> Deliver() => app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId()));
    }
}

public sealed class SlowSenderTests(CrowdedIngest app) : IClassFixture<CrowdedIngest>
{
    [Fact]
    public async Task Senders_who_take_their_time_keep_nobody_out()
    {
        var integration = await app.Integration();
        using var given = new CancellationTokenSource();
        var dripping = Enumerable.Range(0, 20).Select(_ => app.Stripe.SendAsync(IngestApp.Dripping(integration), given.Token)).ToList();

        for (var i = 0; i < 20; i++)
        {
            await app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId())).Expect();
        }

        Assert.DoesNotContain(dripping, d => d.IsCompleted);
        await given.CancelAsync();
        await Task.WhenAll(dripping).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}

/// <summary>A second process of the service on the fixture's database, killed as a crash kills.</summary>
public sealed class CrashTests(IngestApp app) : IClassFixture<IngestApp>
{
    private static readonly int Rounds = ChaosTests.Crashes;
    private const int Deliveries = 150;

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_when_the_process_is_killed()
    {
        var integration = await app.Integration();
        var sent = new List<string>();
        var acknowledged = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            var ids = Enumerable.Range(0, Deliveries).Select(_ => IngestApp.NewEventId()).ToList();
            sent.AddRange(ids);
            acknowledged.AddRange(await DeliverUntilKilled(integration, ids, killAfter: Deliveries / 3));
        }

        Assert.InRange(acknowledged.Count, Rounds * Deliveries / 3, Rounds * Deliveries);
        var stored = await app.Database.Column<string>("select event_id from webhook_events where integration_id = $1", integration.Id);
        Assert.Empty(acknowledged.Except(stored));

        // Stripe delivers all that was not acknowledged again; some of it was stored all the same.
        foreach (var id in sent.Except(acknowledged))
        {
            await app.Deliver(integration, IngestApp.Event(id)).Expect();
        }

        Assert.Equal(sent.Count, await app.Stored(integration));
        // Once each; on a slow machine the processes also announce again what nobody has answered for half a minute, and count it.
        var announced = (await app.AnnouncedEvents(e => e.BillingIntegrationId == integration.Id)).Select(e => e.EventId).ToList();
        Assert.Equal(sent.Order(), announced.Distinct().Order());
        Assert.Equal(announced.Count, await app.Database.Scalar<long>("select sum(attempts)::bigint from webhook_events where integration_id = $1", integration.Id));
    }

    private async Task<List<string>> DeliverUntilKilled(Integration integration, List<string> ids, int killAfter)
    {
        var port = Ports.Free();
        var process = Start(port);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await Eventually.Until(async () => await Alive(client), "the process answers", TimeSpan.FromSeconds(60));
            var acknowledged = new List<string>();
            await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (id, _) =>
            {
                var body = Encoding.UTF8.GetBytes(IngestApp.Event(id));
                try
                {
                    using var answer = await app.Deliver(integration.Id, body, IngestApp.Sign(body, DateTimeOffset.UtcNow, integration.Secrets), client);
                    // A process that has just started on a busy machine may turn some away.
                    Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, answer.StatusCode.ToString());
                    if (answer.StatusCode != HttpStatusCode.OK)
                    {
                        return;
                    }

                    lock (acknowledged)
                    {
                        acknowledged.Add(id);
                        if (acknowledged.Count == killAfter)
                        {
                            process.Signal("KILL");
                        }
                    }
                }
                catch (HttpRequestException)
                {
                    // Cut off by the kill: not acknowledged.
                }
            });
            return acknowledged;
        }
        finally
        {
            process.Dispose();
        }
    }

    private static async Task<bool> Alive(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync("/alive");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private BoundProcess Start(int port)
    {
        // Beside our own output: artifacts/bin/{project}/{configuration}.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var assembly = Path.Combine(Repository.Root, "artifacts", "bin", "WebhookIngest", configuration, "Marketplace.WebhookIngest.dll");
        return BoundProcess.Start("KILL", "/dev/null", null, ["dotnet", assembly], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__webhooks"] = app.Database.ConnectionString,
            ["ConnectionStrings__messaging"] = "amqp://nobody:nothing@127.0.0.1:1/",
            ["Encryption__Key"] = TestSecrets.EncryptionKey,
        });
    }
}
