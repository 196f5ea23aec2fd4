using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class ReplayTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task A_replay_queues_a_closed_event_once_more_counts_attempts_anew_and_is_recorded()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await app.Answer(integration, id, "ignored", "not_ours");
        await app.Database.Execute("update webhook_events set attempts = 5 where event_id = $1", id);

        var answer = await Client(integration).Post($"/v1/webhook-events/{await OurId(id)}/replay").Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal("received/1/1", $"{answer.GetProperty("state")}/{answer.GetProperty("attempts")}/{answer.GetProperty("replays")}");
        Assert.Equal(2, (await app.AnnouncedEvents(e => e.EventId == id)).Count);
        var ourId = await OurId(id);
        var change = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == ourId));
        Assert.Equal(("webhook_event.replayed", integration.Organization), (change.Action, change.OrganizationId));
        Assert.Contains("\"attempts\":5", change.Before);
    }

    [Fact]
    public async Task An_answer_from_before_a_replay_neither_ends_it_nor_says_that_it_failed()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await app.Answer(integration, id, "failed", "api_key_expired");
        await Client(integration).Post($"/v1/webhook-events/{await OurId(id)}/replay").Expect(HttpStatusCode.Accepted);
        Assert.Equal([0, 1], (await app.AnnouncedEvents(e => e.EventId == id)).Select(e => e.Replay));

        await app.Answer(integration, id, "handled", replay: 0);
        await app.Answer(integration, id, "failed", "too late", replay: 0);
        Assert.Equal(("announced", null), ((await app.StateOf(id)).State, await LastFailure()));

        await app.Sent();
        app.Clock.Advance(WebhookEvent.Wait(1));
        await Eventually.Until(() => app.AnnouncedEvents(e => e.EventId == id), all => all.Count == 3 && all[2].Replay == 1, "it is announced again as the same replay");
        await app.Answer(integration, id, "failed", "api_key_revoked", replay: 1);
        Assert.Equal("api_key_revoked", await LastFailure());
        await app.Answer(integration, id, "handled", replay: 1);
        Assert.Equal("handled", (await app.StateOf(id)).State);

        Task<string?> LastFailure() => app.Database.Scalar<string>("select last_failure from webhook_events where event_id = $1", id);
    }

    [Fact]
    public async Task An_answer_of_a_version_that_does_not_tell_of_replays_ends_one()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await Client(integration).Post($"/v1/webhook-events/{await OurId(id)}/replay").Expect(HttpStatusCode.Accepted);

        await app.Answer(integration, id, "handled", replay: null);

        Assert.Equal("handled", (await app.StateOf(id)).State);
    }

    [Fact]
    public async Task A_replay_judges_by_what_is_known_now()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration, livemode: true);
        var path = $"/v1/webhook-events/{await OurId(id)}/replay";

        await Client(integration).Post(path).ExpectProblem(HttpStatusCode.Conflict, "event_still_parked");
        await app.Announce(integration with { Livemode = true }, 2);
        await Client(integration).Post(path).Expect(HttpStatusCode.Accepted);

        Assert.Equal("announced", (await app.StateOf(id)).State);
    }

    [Theory]
    [InlineData("2019-01-01")]
    [InlineData("tomorrow")]
    [InlineData(null)]
    public async Task An_event_of_an_unknown_version_is_announced_when_a_person_says_so_also_after_it_was_ignored(string? version)
    {
        var integration = await app.Integration();
        var (one, ignored) = (await Parked("in_9"), await Parked("in_10"));
        await Client(integration).Post($"/v1/webhook-events/{await OurId(ignored)}/ignore").Expect();

        await Client(integration).Post($"/v1/webhook-events/{await OurId(one)}/replay").Expect(HttpStatusCode.Accepted);
        var many = await Client(integration).Post("/v1/webhook-events/replay", new { objectId = "in_10", confirm = 1 }).Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal("1/1/0", Counts(many));
        foreach (var (id, objectId) in new[] { (one, "in_9"), (ignored, "in_10") })
        {
            Assert.Equal(("announced", null), await app.StateOf(id));
            var told = Assert.Single(await app.AnnouncedEvents(e => e.EventId == id));
            Assert.Equal(("invoice", objectId, "invoice.paid", 1), (told.ObjectType, told.ObjectId, told.Type, told.Replay));
            await app.Answer(integration, id, "handled", replay: 1);
            Assert.Equal("handled", (await app.StateOf(id)).State);
        }

        async Task<string> Parked(string objectId)
        {
            var id = IngestApp.NewEventId();
            await app.Deliver(integration, IngestApp.Event(id, objectId: objectId, apiVersion: version)).Expect();
            Assert.Equal(("parked", "api_version_unknown"), await app.StateOf(id));
            return id;
        }
    }

    [Fact]
    public async Task An_event_of_an_unknown_version_that_names_no_object_stays_parked()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        await app.Deliver(integration, """{"id":"EVT","object":"event","type":"balance.available","livemode":false,"api_version":"2019-01-01","data":{"object":{"object":"balance"}}}""".Replace("EVT", id, StringComparison.Ordinal)).Expect();

        await Client(integration).Post($"/v1/webhook-events/{await OurId(id)}/replay").ExpectProblem(HttpStatusCode.Conflict, "event_still_parked");
        Assert.Equal(("parked", "api_version_unknown"), await app.StateOf(id));
    }

    [Fact]
    public async Task Events_of_an_object_are_replayed_only_when_their_number_is_confirmed()
    {
        var (integration, foreign) = (await app.Integration(), await app.Integration());
        string[] ids = [await Delivered(integration, objectId: "in_7"), await Delivered(integration, objectId: "in_7"), await Delivered(integration, objectId: "in_8"), await Delivered(foreign, objectId: "in_7")];
        foreach (var id in ids)
        {
            await app.Answer(id == ids[3] ? foreign : integration, id, "handled");
        }

        var client = Client(integration);
        var asked = await client.Post("/v1/webhook-events/replay", new { objectId = "in_7" }).Expect<JsonElement>();
        Assert.Equal("2/0/0", Counts(asked));
        Assert.Equal("handled", (await app.StateOf(ids[0])).State);
        await client.Post("/v1/webhook-events/replay", new { objectId = "in_7", confirm = 3 }).ExpectProblem(HttpStatusCode.Conflict, "replay_count_changed", "confirm");
        Assert.Equal("handled", (await app.StateOf(ids[0])).State);

        var done = await client.Post("/v1/webhook-events/replay", new { objectId = "in_7", confirm = 2 }).Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal("2/2/0", Counts(done));
        Assert.Equal(["announced", "announced", "handled", "handled"], await app.Database.Column<string>("select state from webhook_events where event_id = any($1) order by array_position($1, event_id)", (object)ids));
        var change = Assert.Single(await app.Announced<ChangeRecorded>(c => c.OrganizationId == integration.Organization && c.Action == "webhook_events.replayed"));
        Assert.Equal("in_7", change.ObjectId);
        Assert.Contains("\"queued\":2", change.After);
    }

    [Fact]
    public async Task A_long_replay_goes_on_where_it_stopped_and_says_what_it_skipped()
    {
        var integration = await app.Integration();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await Delivered(integration, livemode: i == 4));
        }

        await app.Database.Execute("update webhook_events set state = 'parked', reason = 'unanswered', next_attempt_at = null where integration_id = $1", integration.Id);
        var client = Client(integration);

        var first = await client.Post("/v1/webhook-events/replay", new { state = "parked", limit = 3, confirm = 5 }).Expect<JsonElement>(HttpStatusCode.Accepted);
        var second = await client.Post("/v1/webhook-events/replay", new { state = "parked", limit = 3, confirm = 2, after = first.GetProperty("next").GetString() }).Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal(("5/3/0", "2/1/1"), (Counts(first), Counts(second)));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal("parked", (await app.StateOf(ids[4])).State);
    }

    [Fact]
    public async Task A_time_is_replayed_and_its_end_left_out()
    {
        var integration = await app.Integration();
        var from = app.Clock.GetUtcNow();
        var inside = await Delivered(integration);
        await app.Answer(integration, inside, "handled");
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        var outside = await Delivered(integration);
        await app.Answer(integration, outside, "handled");

        var done = await Client(integration).Post("/v1/webhook-events/replay", new { createdFrom = from, createdUntil = app.Clock.GetUtcNow(), confirm = 1 }).Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal("1/1/0", Counts(done));
        Assert.Equal("handled", (await app.StateOf(outside)).State);
    }

    [Fact]
    public async Task Replays_of_everything_of_too_much_and_of_nonsense_are_refused()
    {
        const int TooMany = 10_001;
        var integration = await app.Integration();
        await Delivered(integration);
        var client = Client(integration);

        await client.Post("/v1/webhook-events/replay", new { }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
        await client.Post("/v1/webhook-events/replay", new { type = "invoice.paid", confirm = 1 }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
        await client.Post("/v1/webhook-events/replay", new { state = "parked", limit = 1001 }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit");
        await client.Post("/v1/webhook-events/replay", new { state = "lost" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
        await app.Database.Execute(
            """
            insert into webhook_events (id, integration_id, organization_id, event_id, headers, body, state, received_at, last_delivered_at, object_id)
            select 'whe_many' || n, $1, $2, 'evt_many' || n, '{}', '', 'handled', now(), now(), 'in_many' from generate_series(1, $3) n
            """, integration.Id, integration.Organization, TooMany);
        await client.Post("/v1/webhook-events/replay", new { objectId = "in_many", confirm = TooMany }).ExpectProblem(HttpStatusCode.BadRequest, "replay_too_large");
    }

    [Fact]
    public async Task Strangers_and_weak_roles_replay_nothing()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration, objectId: "in_own");
        await app.Answer(integration, id, "handled");

        foreach (var caller in new[] { TestCaller.Stranger(), TestCaller.Provider(integration.Organization, Roles.ProductManager, Roles.Viewer) })
        {
            Assert.Equal("0/0/0", Counts(await app.ClientFor(caller).Post("/v1/webhook-events/replay", new { objectId = "in_own" }).Expect<JsonElement>()));
            await app.ClientFor(caller).Post("/v1/webhook-events/replay", new { objectId = "in_own", confirm = 1 }).ExpectProblem(HttpStatusCode.Conflict, "replay_count_changed", "confirm");
        }

        Assert.Equal("handled", (await app.StateOf(id)).State);
    }

    private HttpClient Client(Integration integration) => app.ClientFor(TestCaller.Provider(integration.Organization, Roles.Owner));

    private static string Counts(JsonElement answer) => $"{answer.GetProperty("matching")}/{answer.GetProperty("queued")}/{answer.GetProperty("skipped")}";

    private Task<string?> OurId(string eventId) => app.Database.Scalar<string>("select id from webhook_events where event_id = $1", eventId);

    private async Task<string> Delivered(Integration integration, string objectId = "in_1", bool livemode = false)
    {
        var id = IngestApp.NewEventId();
        await app.Deliver(integration, IngestApp.Event(id, objectId: objectId, livemode: livemode)).Expect();
        return id;
    }
}
