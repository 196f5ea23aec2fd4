using System.Collections.Concurrent;
using System.Diagnostics;
using Marketplace.Contracts.Accounts;
using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Storage.Tests;

public sealed class OutboxRelayTests : IAsyncLifetime
{
    private TestDatabase database = null!;
    private TestVirtualHost virtualHost = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create("relay");
        virtualHost = await TestVirtualHost.Create("relay");
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await virtualHost.DisposeAsync();
    }

    [Fact]
    public async Task An_announcement_is_heard_at_once_because_the_database_wakes_the_relay()
    {
        await using var host = await NotesHost.Start(database, virtualHost);
        await NotesHost.UntilListening(virtualHost);
        await host.Announce("first");
        await UntilHeard(1);

        // The relay has asked what waits, and begun to wait for its next look, which is 15 s away.
        await Eventually.Until(
            () => database.Scalar<bool>("select exists (select from pg_stat_activity where datname = current_database() and state = 'idle' and query like 'select extract(epoch from min(next_attempt_at)%')"),
            "the relay has asked what waits");
        await host.Announce("second");

        await UntilHeard(2, TimeSpan.FromSeconds(8));
        await UntilOutboxHolds(0);
    }

    [Fact]
    public async Task An_announcement_of_a_transaction_that_fails_is_never_sent()
    {
        await using var host = await NotesHost.Start(database, virtualHost);
        await NotesHost.UntilListening(virtualHost);
        await using (var transaction = await host.Services.GetRequiredService<Database>().Begin(CancellationToken.None))
        {
            await transaction.Announce(new NoteWritten("not_undone", "undone"), CancellationToken.None);
        }

        await host.Announce("done");
        await UntilHeard(1);

        Assert.Equal(["done"], await database.Column<string>("select text from heard"));
    }

    [Fact]
    public async Task An_announcement_for_later_is_sent_when_its_time_has_come()
    {
        await using var host = await NotesHost.Start(database, virtualHost);
        await NotesHost.UntilListening(virtualHost);
        await using (var transaction = await host.Services.GetRequiredService<Database>().Begin(CancellationToken.None))
        {
            await transaction.Announce(new NoteWritten("not_later", "later"), CancellationToken.None, TimeSpan.FromHours(1));
            await transaction.Announce(new NoteWritten("not_soon", "soon"), CancellationToken.None, TimeSpan.FromSeconds(1));
            await transaction.Commit(CancellationToken.None);
        }

        await host.Announce("now");
        await UntilHeard(2, TimeSpan.FromSeconds(8));

        Assert.Equal(["now", "soon"], (await database.Column<string>("select text from heard")).Order());
        await UntilOutboxHolds(1);
    }

    [Fact]
    public async Task An_announcement_that_no_queue_is_bound_for_stays_until_one_is()
    {
        await using var host = await NotesHost.Start(database, virtualHost);
        await using (var transaction = await host.Services.GetRequiredService<Database>().Begin(CancellationToken.None))
        {
            await transaction.Announce(new NobodyHears("still here"), CancellationToken.None);
            await transaction.Commit(CancellationToken.None);
        }

        await Eventually.Until(
            () => database.Scalar<string>("select last_error from outbox where attempts > 0"), error => error is not null, "the relay tried and kept it");

        await using var published = await PublishedMessages.Listen(virtualHost, typeof(NobodyHears));
        Assert.Equal("still here", (await published.Next<NobodyHears>(timeout: TimeSpan.FromSeconds(40))).Text);
        await UntilOutboxHolds(0);
    }

    [Fact]
    public async Task An_announcement_waits_for_a_hearer_that_has_never_run_although_another_one_hears_it()
    {
        await using var teller = await NotesHost.Start(database, virtualHost, consumes: false);
        await using var another = await PublishedMessages.Listen(virtualHost, typeof(OrganizationCreated));
        await using (var transaction = await teller.Services.GetRequiredService<Database>().Begin(CancellationToken.None))
        {
            await transaction.Announce(new OrganizationCreated("org_1", "consumer", "Made before Catalog ran", "cat_1", "bills@example.com", true, 1), CancellationToken.None);
            await transaction.Commit(CancellationToken.None);
        }

        await another.Next<OrganizationCreated>();
        await UntilOutboxHolds(0);

        await using var late = await NotesHost.Start(database, virtualHost, service: "catalog");

        await UntilHeard(1, TimeSpan.FromSeconds(60));
        Assert.Equal(["Made before Catalog ran"], await database.Column<string>("select text from heard"));
    }

    [Fact]
    public async Task A_relay_that_dies_between_publishing_and_deleting_sends_again_under_the_same_message_id()
    {
        await using var host = await NotesHost.Start(database, virtualHost, consumes: false, relays: false);
        await using var published = await PublishedMessages.Listen(virtualHost, typeof(NoteWritten));
        var relay = host.Services.GetRequiredService<OutboxRelay>();
        await database.Execute(
            "create function die() returns trigger language plpgsql as $$ begin raise 'the relay dies here'; end $$; create trigger die before delete on outbox execute function die()");
        await host.Announce("twice");

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => relay.SendBatch(CancellationToken.None));
        await database.Execute("drop trigger die on outbox");
        await relay.SendBatch(CancellationToken.None);

        await published.Next<NoteWritten>(2);
        Assert.Single(published.All.Select(m => m.MessageId).Distinct());
        await UntilOutboxHolds(0);
    }

    [Fact]
    public async Task What_one_relay_is_sending_another_leaves_alone()
    {
        await using var one = await NotesHost.Start(database, virtualHost, consumes: false, relays: false);
        await using var other = await NotesHost.Start(database, virtualHost, consumes: false, relays: false);
        await using var published = await PublishedMessages.Listen(virtualHost, typeof(NoteWritten));
        await database.Execute(
            "create function wait_here() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(42); return old; end $$; create trigger wait_here before delete on outbox for each row execute function wait_here()");
        await one.Announce("once");
        Task<int> sending;

        // Holds the first relay between publishing and deleting.
        await using (var connection = await database.Source.OpenConnectionAsync())
        {
            await using var hold = new Npgsql.NpgsqlCommand("select pg_advisory_lock(42)", connection);
            await hold.ExecuteNonQueryAsync();
            sending = one.Services.GetRequiredService<OutboxRelay>().SendBatch(CancellationToken.None);
            await database.UntilBlockedOnLocks(1);

            Assert.Equal(0, await other.Services.GetRequiredService<OutboxRelay>().SendBatch(CancellationToken.None));

            await using var release = new Npgsql.NpgsqlCommand("select pg_advisory_unlock(42)", connection);
            await release.ExecuteNonQueryAsync();
        }

        Assert.Equal(1, await sending);
        await published.Next<NoteWritten>();
        Assert.Single(published.All);
    }

    [Fact]
    public async Task Two_relays_share_the_work_and_send_each_announcement_once()
    {
        await using var one = await NotesHost.Start(database, virtualHost, consumes: false);
        await using var other = await NotesHost.Start(database, virtualHost, consumes: false);
        await using var published = await PublishedMessages.Listen(virtualHost, typeof(NoteWritten));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(lane => one.Announce(Enumerable.Range(0, 50).Select(i => $"{lane}/{i}"))));
        await UntilOutboxHolds(0);
        await published.Next<NoteWritten>(500);

        Assert.Equal(500, published.All.Select(m => m.MessageId).Distinct().Count());
        Assert.Equal(500, published.All.Count);
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_broker_is_killed_and_comes_back()
    {
        using var broker = await RabbitServer.StartOwn();
        await using var own = await TestVirtualHost.Create("killed", broker);
        await using var host = await NotesHost.Start(database, own);
        await NotesHost.UntilListening(own);
        await host.Announce(Texts("before", 200));
        await UntilHeard(1);

        await broker.Kill();
        await host.Announce(Texts("while it is away", 50));
        await broker.Start();

        await UntilHeard(250, TimeSpan.FromSeconds(90));
        await UntilOutboxHolds(0);
        Assert.Equal(250L, await database.Scalar<long>("select count(distinct text) from heard"));
        Assert.Equal(250L, await database.Scalar<long>("select count(*) from heard"));
    }

    [Fact]
    public async Task One_trace_spans_the_announcement_the_broker_and_the_consumer()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or "Marketplace.Messages",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await NotesHost.Start(database, virtualHost);
        await NotesHost.UntilListening(virtualHost);
        using var request = new Activity("request").Start();

        await host.Announce("traced");
        await UntilHeard(1);

        // The note may be heard before its sender knows that it was.
        foreach (var kind in new[] { ActivityKind.Producer, ActivityKind.Consumer })
        {
            await Eventually.Until(() => spans.Any(span => span.TraceId == request.TraceId && span.Kind == kind), $"a span of the {kind} is of the request's trace");
        }
    }

    private static IEnumerable<string> Texts(string prefix, int count) => Enumerable.Range(0, count).Select(i => $"{prefix} {i}");

    private Task UntilHeard(long count, TimeSpan? timeout = null) => Eventually.Until(
        () => database.Scalar<long>("select count(*) from heard"), heard => heard >= count, $"{count} notes heard", timeout);

    private Task UntilOutboxHolds(long count) => Eventually.Until(
        () => database.Scalar<long>("select count(*) from outbox"), rows => rows == count, $"the outbox holds {count}", TimeSpan.FromSeconds(40));
}
