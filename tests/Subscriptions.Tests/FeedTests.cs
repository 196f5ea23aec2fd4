using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class FeedTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_reader_that_follows_positions_misses_nothing_that_many_writers_write()
    {
        var markets = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Market.Open(app, Market.Free)));
        using var done = new CancellationTokenSource();
        var seen = new Dictionary<string, string>();
        var reading = Task.Run(async () =>
        {
            var position = 0L;
            while (true)
            {
                var last = done.IsCancellationRequested;
                var page = await markets[0].Gateway.Get<EntitlementPage>($"/internal/entitlements?after={position}&limit=3");
                foreach (var credential in page.Credentials)
                {
                    seen[credential.CredentialId] = credential.Status;
                }

                position = page.Position;
                if (last && !page.More)
                {
                    return;
                }
            }
        });

        await Task.WhenAll(markets.Select(async market =>
        {
            for (var i = 0; i < 10; i++)
            {
                var application = await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "App" }).Expect<JsonElement>(HttpStatusCode.Created);
                if (i % 3 == 0)
                {
                    await market.Admin.Delete($"/v1/credentials/{application.GetProperty("credential").Id()}").Expect(HttpStatusCode.NoContent);
                }
            }
        }));
        await done.CancelAsync();
        await reading;

        var stored = await app.Database.Column<string>("select id || ' ' || status from credentials where key_hash is not null");
        Assert.Empty(stored.Except(seen.Select(s => $"{s.Key} {s.Value}")));
    }

    [Fact]
    public async Task A_position_is_not_visible_before_every_smaller_one()
    {
        var market = await Market.Open(app, Market.Free);
        var first = await Application(market);
        var second = await Application(market);
        var before = (await market.Feed()).Position;

        // The first writer has its position and hangs before its commit; the second must not overtake it.
        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var hanging = await connection.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand(
            "select pg_advisory_xact_lock(7310842552); update credentials set position = nextval('feed_position') where id = $1".Replace("$1", $"'{first}'"), connection, hanging))
        {
            await command.ExecuteNonQueryAsync();
        }

        var overtaking = market.Admin.Post($"/v1/credentials/{second}/suspend", new { reason = "test" });
        await app.Database.UntilBlockedOnLocks(1);
        Assert.Equal(before, (await market.Feed(before)).Position);
        await hanging.CommitAsync();
        await overtaking.Expect();

        Assert.Equal([first, second], (await market.Feed(before)).Credentials.Select(c => c.CredentialId));
    }

    [Fact]
    public async Task Every_change_of_access_is_hinted_with_its_position()
    {
        var market = await Market.Open(app);
        var id = await market.SubscribeAndPay();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

        var hints = await app.Announced<AccessChanged>(c => c.SubscriptionId == id);

        Assert.Equal(3, hints.Count);
        Assert.Equal(hints.Max(h => h.Position), Assert.Single(hints, h => h.CallsAwaited).Position);
        Assert.Equal(await app.Database.Scalar<long>("select position from subscriptions where id = $1", id), hints.Max(h => h.Position));
    }

    [Fact]
    public async Task The_feed_is_for_processes_of_the_installation_only()
    {
        var market = await Market.Open(app);

        foreach (var path in new[] { "/internal/entitlements", "/internal/usage-reports/gw_1" })
        {
            await app.Anonymous().GetAsync(path).Expect(HttpStatusCode.Unauthorized);
            await market.Admin.GetAsync(path).Expect(HttpStatusCode.Forbidden);
        }

        await market.Admin.Put("/internal/leases", new LeaseRequest("gw", "sub", "quo", app.Clock.GetUtcNow(), 1)).Expect(HttpStatusCode.Forbidden);
    }

    private static async Task<string> Application(Market market) =>
        (await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "App" }).Expect<JsonElement>(HttpStatusCode.Created)).GetProperty("credential").Id();
}
