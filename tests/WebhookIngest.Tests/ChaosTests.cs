using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>A database that crashes while copies come in any order: what was lost, and what was done twice.</summary>
public sealed class ChaosTests(IngestOnOwnServer app) : IClassFixture<IngestOnOwnServer>
{
    private const int Copies = 3;
    private const int Seed = 20260115;
    /// <summary>How often something is killed; more with <c>TEST_CRASHES</c>.</summary>
    public static int Crashes { get; } = int.Parse(Environment.GetEnvironmentVariable("TEST_CRASHES") ?? "3", CultureInfo.InvariantCulture);

    private static int Events => 70 * Crashes;

    [Fact]
    public async Task Shuffled_copies_amid_crashes_of_the_database_are_each_stored_and_announced_once()
    {
        var integration = await app.Integration();
        var ids = Enumerable.Range(0, Events).Select(_ => IngestApp.NewEventId()).ToArray();
        var deliveries = ids.SelectMany(id => Enumerable.Repeat(id, Copies)).ToArray();
        new Random(Seed).Shuffle(deliveries);
        var acknowledged = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);

        foreach (var part in deliveries.Chunk(deliveries.Length / Crashes))
        {
            var begun = 0;
            await Parallel.ForEachAsync(part, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (id, _) =>
            {
                if (Interlocked.Increment(ref begun) == part.Length / 2)
                {
                    await Crash();
                }

                using var answer = await app.Deliver(integration, IngestApp.Event(id));
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"Seed {Seed}: {answer.StatusCode}");
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    acknowledged[id] = true;
                }
            });
            await Eventually.Passes(async () => await app.Deliver(integration, IngestApp.Event(ids[0])).Expect());
        }

        var stored = await app.Own.Column<string>("select event_id from webhook_events where integration_id = $1", integration.Id);
        Assert.Empty(acknowledged.Keys.Except(stored));

        // Stripe delivers again what was not acknowledged.
        foreach (var id in ids.Where(id => !acknowledged.ContainsKey(id)))
        {
            await app.Deliver(integration, IngestApp.Event(id)).Expect();
        }

        Assert.Equal(ids.Order(), (await app.Own.Column<string>("select event_id from webhook_events where integration_id = $1", integration.Id)).Order());
        Assert.Equal(ids.Order(), (await app.Own.Column<string>("select event->>'eventId' from outbox, jsonb_array_elements(body->'events') event where event->>'billingIntegrationId' = $1", integration.Id)).Order());
    }

    // One of its processes killed at once makes PostgreSQL end all others and recover from its log.
    private async Task Crash()
    {
        await using var connection = new NpgsqlConnection(app.Own.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var select = new NpgsqlCommand("select pg_backend_pid()", connection);
        using var kill = Process.Start("/bin/kill", ["-s", "KILL", $"{await select.ExecuteScalarAsync()}"]);
        await kill.WaitForExitAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => select.ExecuteScalarAsync());
        app.Own.Source.Clear();
    }
}
