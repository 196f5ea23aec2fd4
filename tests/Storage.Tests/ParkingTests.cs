using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Storage.Tests;

public sealed class ParkingTests : IAsyncLifetime
{
    private const string Route = "/v1/operations/notes/parked-messages";
    private TestDatabase database = null!;
    private TestVirtualHost virtualHost = null!;
    private NotesHost host = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create("parking");
        virtualHost = await TestVirtualHost.Create("parking");
        host = await NotesHost.Start(database, virtualHost);
        await NotesHost.UntilListening(virtualHost);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await database.DisposeAsync();
        await virtualHost.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_fails_for_good_is_parked_with_its_reason_and_handled_when_replayed_after_the_repair()
    {
        await host.Announce("poison", "fine");
        var parked = await UntilParked();
        Assert.Contains("the note is poisonous", parked.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("notes-hear-note", parked.GetProperty("queue").GetString());

        host.Switches.Poison = null;
        await Operator().Post($"{Route}/{parked.GetProperty("id").GetString()}/replay").Expect(HttpStatusCode.Accepted);

        await Eventually.Until(() => database.Column<string>("select text from heard order by text"), heard => heard is ["fine", "poison"], "both were heard");
        Assert.Empty((await Operator().Get(Route)).GetProperty("data").EnumerateArray());
        // It is heard before the relay has taken its row away. Nobody hears the audit log's entries here: they stay.
        await Eventually.Until(() => database.Scalar<long>("select count(*) from outbox where message_type not like '%ChangeRecorded%'"), rows => rows == 0, "the outbox is empty");
    }

    [Fact]
    public async Task A_message_that_fails_again_after_its_replay_is_the_same_parked_message()
    {
        await host.Announce("poison");
        var parked = await UntilParked();

        await Operator().Post($"{Route}/{parked.GetProperty("id").GetString()}/replay").Expect(HttpStatusCode.Accepted);

        await Eventually.Until(
            () => database.Column<int>("select parkings from parked_messages where state = 'parked'"), parkings => parkings is [2], "parked for the second time");
    }

    [Fact]
    public async Task A_replay_waits_until_the_relay_has_taken_the_sent_message_away()
    {
        await host.Announce("poison");
        var id = (await UntilParked()).GetProperty("id").GetString();
        await Eventually.Until(() => database.Scalar<long>("select count(*) from outbox"), rows => rows == 0, "the outbox is empty");
        // As the relay holds it between sending and taking away.
        await database.Execute(
            "insert into outbox (id, message_type, body, next_attempt_at) select message_id, message_type, body, now() + interval '1 hour' from parked_messages");
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var relay = await connection.BeginTransactionAsync();
        await using var row = connection.CreateCommand();
        row.CommandText = "select from outbox for update";
        await row.ExecuteNonQueryAsync();

        var replayed = Operator().Post($"{Route}/{id}/replay");
        await database.UntilBlockedOnLocks(1);
        row.CommandText = "delete from outbox";
        await row.ExecuteNonQueryAsync();
        await relay.CommitAsync();

        await replayed.Expect(HttpStatusCode.Accepted);
        await Eventually.Until(
            () => database.Column<int>("select parkings from parked_messages where state = 'parked'"), parkings => parkings is [2], "parked for the second time");
    }

    [Fact]
    public async Task A_replay_of_a_message_that_the_relay_is_to_send_again_later_sends_it_now()
    {
        await host.Announce("poison");
        var id = (await UntilParked()).GetProperty("id").GetString();
        await Eventually.Until(() => database.Scalar<long>("select count(*) from outbox"), rows => rows == 0, "the outbox is empty");
        await database.Execute(
            "insert into outbox (id, message_type, body, next_attempt_at) select message_id, message_type, body, now() + interval '1 hour' from parked_messages");

        await Operator().Post($"{Route}/{id}/replay").Expect(HttpStatusCode.Accepted);

        await Eventually.Until(
            () => database.Column<int>("select parkings from parked_messages where state = 'parked'"), parkings => parkings is [2], "parked for the second time");
    }

    [Fact]
    public async Task A_consumer_that_gives_up_by_its_own_time_limit_is_parked_too()
    {
        host.Switches.Poison = () => new OperationCanceledException("my own limit");
        await host.Announce("poison");

        Assert.Contains("canceled", (await UntilParked()).GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transient_fault_is_waited_out_and_never_parked(bool amidAnAnswer)
    {
        host.Switches.Poison = () => amidAnAnswer
            ? new NpgsqlException("Exception while reading from stream", new EndOfStreamException("Attempted to read past the end of the stream."))
            : new TimeoutException("the database is away");
        await host.Announce("poison");
        await Eventually.Until(() => host.Logs.Contain("waits for something that is away"), "the consumer waits");

        host.Switches.Poison = null;

        await Eventually.Until(() => database.Scalar<long>("select count(*) from heard"), heard => heard == 1, "heard after the fault");
        Assert.Equal(0L, await database.Scalar<long>("select count(*) from parked_messages"));
    }

    [Fact]
    public async Task A_message_before_its_turn_is_waited_for_and_parked_in_the_end()
    {
        host.Switches.Poison = () => new NotHeardYetException("what it is about was not heard");
        await host.Announce("poison");
        await Eventually.Until(() => host.Logs.Contain("waits for something that is away"), "the consumer waits");

        host.Switches.Poison = null;

        await Eventually.Until(() => database.Scalar<long>("select count(*) from heard"), heard => heard == 1, "heard in its turn");
        Assert.Equal(0L, await database.Scalar<long>("select count(*) from parked_messages"));
        Assert.Equal([true, true, false], new[] { 0, 23, 24 }.Select(attempt => ParkingFilter<object>.IsWaitedFor(new NotHeardYetException(""), attempt)));
    }

    [Fact]
    public async Task A_message_that_cannot_be_parked_yet_is_kept_until_it_can()
    {
        await database.Execute("alter table parked_messages rename to parked_messages_away");
        await host.Announce("poison");
        await Eventually.Until(() => host.Logs.Contain("could not be parked"), "parking failed");

        await database.Execute("alter table parked_messages_away rename to parked_messages");

        await UntilParked();
    }

    [Fact]
    public async Task A_parked_message_can_be_dropped()
    {
        await host.Announce("poison");
        var id = (await UntilParked()).GetProperty("id").GetString();

        await Operator().Delete($"{Route}/{id}").Expect(HttpStatusCode.NoContent);

        Assert.Empty((await Operator().Get(Route)).GetProperty("data").EnumerateArray());
        await Operator().Post($"{Route}/{id}/replay").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Whoever_replays_or_drops_a_message_stands_in_the_audit_log_which_does_not_say_what_it_said()
    {
        await host.Announce("poison");
        var id = (await UntilParked()).GetProperty("id").GetString()!;
        var operators = (Replays: TestCaller.Operator(), Drops: TestCaller.Operator());

        await host.ClientFor(operators.Replays).Post($"{Route}/{id}/replay").Expect(HttpStatusCode.Accepted);
        await Eventually.Until(() => database.Column<int>("select parkings from parked_messages where state = 'parked'"), parkings => parkings is [2], "parked for the second time");
        await host.ClientFor(operators.Drops).Delete($"{Route}/{id}").Expect(HttpStatusCode.NoContent);
        await host.ClientFor(operators.Drops).Delete($"{Route}/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        var told = (await database.Column<string>("select body::text from outbox where message_type like '%ChangeRecorded%' order by position"))
            .Select(body => JsonSerializer.Deserialize<ChangeRecorded>(body, JsonSerializerOptions.Web)!).ToList();
        Assert.Equal(
            [("parked_message.replayed", operators.Replays.UserId, 1, "replayed"), ("parked_message.dropped", operators.Drops.UserId, 2, "dropped")],
            told.Select(c => (c.Action, c.Actor!, Json(c.Before).GetProperty("parkings").GetInt32(), Json(c.After).GetProperty("state").GetString()!)));
        Assert.All(told, c => Assert.Equal((id, "parked", "notes-hear-note"), (c.ObjectId, Json(c.Before).GetProperty("state").GetString(), Json(c.Before).GetProperty("queue").GetString())));
        Assert.DoesNotContain("poison", JsonSerializer.Serialize(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_operators_see_parked_messages()
    {
        await host.ClientFor(TestCaller.Stranger()).GetAsync(Route).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await host.Anonymous().GetAsync(Route).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static JsonElement Json(string? text) => JsonElement.Parse(text!);

    private HttpClient Operator() => host.ClientFor(TestCaller.Operator());

    private async Task<JsonElement> UntilParked() => (await Eventually.Until(
        async () => (await Operator().Get(Route)).GetProperty("data").EnumerateArray().ToList(),
        parked => parked.Count == 1, "one message is parked"))[0];
}
