using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Marketplace.WebhookIngest.Retention;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>Parked events of which nothing is to come are closed by a person, or with their integration.</summary>
public sealed class IgnoreTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task What_no_replay_can_announce_is_closed_by_hand_waits_for_nobody_and_is_deleted_in_time()
    {
        await app.Database.Execute("delete from webhook_events");
        var integration = await app.Integration();
        var id = await Parked(integration);
        var ourId = await OurId(id);
        await Client(integration).Post($"/v1/webhook-events/{ourId}/replay").ExpectProblem(HttpStatusCode.Conflict, "event_still_parked");
        Assert.Equal("Degraded", await Ready());

        var closed = await Client(integration).Post($"/v1/webhook-events/{ourId}/ignore").Expect<JsonElement>();

        Assert.Equal("ignored/livemode_mismatch", $"{closed.GetProperty("state")}/{closed.GetProperty("reason")}");
        Assert.Equal("Healthy", await Ready());
        var change = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == ourId && c.Action == "webhook_event.ignored"));
        Assert.Equal(integration.Organization, change.OrganizationId);
        Assert.Contains("\"parked\"", change.Before);
        await Client(integration).Post($"/v1/webhook-events/{ourId}/ignore").ExpectProblem(HttpStatusCode.Conflict, "event_not_parked");
        Assert.Equal(0, await ForgetEvents.Run(app.Services, app.Clock.GetUtcNow().AddDays(89), default));
        Assert.Equal(1, await ForgetEvents.Run(app.Services, app.Clock.GetUtcNow().AddDays(91), default));
    }

    [Fact]
    public async Task Many_are_closed_by_their_reason_when_their_number_is_confirmed()
    {
        var (integration, foreign) = (await app.Integration(), await app.Integration());
        string[] ids = [await Parked(integration), await Parked(integration), await Parked(foreign)];
        await app.Deliver(integration, "no event").Expect();
        var waits = await Delivered(integration, livemode: false);
        var client = Client(integration);

        Assert.Equal("2/0", Counts(await client.Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch" }).Expect<JsonElement>()));
        Assert.Equal("parked", (await app.StateOf(ids[0])).State);
        await client.Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch", confirm = 3 }).ExpectProblem(HttpStatusCode.Conflict, "ignore_count_changed", "confirm");
        var first = await client.Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch", confirm = 2, limit = 1 }).Expect<JsonElement>();
        var second = await client.Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch", confirm = 1, after = first.GetProperty("next").GetString() }).Expect<JsonElement>();

        Assert.Equal(("2/1", "1/1"), (Counts(first), Counts(second)));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(
            ["announced", "ignored", "ignored", "parked"],
            await app.Database.Column<string>("select state from webhook_events where integration_id = $1 order by state", integration.Id));
        Assert.Equal(("announced", "parked"), ((await app.StateOf(waits)).State, (await app.StateOf(ids[2])).State));
        var change = (await app.Announced<ChangeRecorded>(c => c.OrganizationId == integration.Organization && c.Action == "webhook_events.ignored"))[0];
        Assert.Contains("\"livemode_mismatch\":1", change.Before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_cannot_be_recorded_is_not_closed(bool many)
    {
        var integration = await app.Integration();
        var id = await Parked(integration);
        var path = many ? "/v1/webhook-events/ignore" : $"/v1/webhook-events/{await OurId(id)}/ignore";
        object? body = many ? new { billingIntegrationId = integration.Id, confirm = 1 } : null;
        await app.Database.Execute(
            """
            create function refuse() returns trigger language plpgsql as 'begin raise exception ''no record''; end';
            create trigger refuse before insert on outbox for each row when (new.message_type like '%ChangeRecorded%') execute function refuse()
            """);

        try
        {
            await Client(integration).Post(path, body).ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");
        }
        finally
        {
            await app.Database.Execute("drop trigger refuse on outbox; drop function refuse()");
        }

        Assert.Equal(("parked", "livemode_mismatch"), await app.StateOf(id));
        await Client(integration).Post(path, body).Expect();
        Assert.Equal("ignored", (await app.StateOf(id)).State);
    }

    [Fact]
    public async Task That_everything_is_ignored_and_nonsense_are_refused()
    {
        var integration = await app.Integration();
        var client = Client(integration);

        await client.Post("/v1/webhook-events/ignore", new { }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "reason");
        await client.Post("/v1/webhook-events/ignore", new { reason = "unreadable", limit = 0 }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit");
        await app.Database.Execute(
            """
            insert into webhook_events (id, integration_id, organization_id, event_id, headers, body, state, reason, received_at, last_delivered_at)
            select 'whe_parked' || n, $1, $2, 'evt_parked' || n, '{}', '', 'parked', 'unanswered', now(), now() from generate_series(1, 10001) n
            """, integration.Id, integration.Organization);
        await client.Post("/v1/webhook-events/ignore", new { billingIntegrationId = integration.Id, confirm = 10_001 }).ExpectProblem(HttpStatusCode.BadRequest, "ignore_too_large");
        await app.Database.Execute("delete from webhook_events where integration_id = $1", integration.Id);
    }

    [Fact]
    public async Task Nobody_strangers_and_weak_roles_close_nothing()
    {
        var integration = await app.Integration();
        var id = await Parked(integration);
        var path = $"/v1/webhook-events/{await OurId(id)}/ignore";

        await app.Anonymous().Post(path).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await app.Anonymous().Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch" }).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await app.ClientFor(TestCaller.Stranger()).Post(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        var manager = TestCaller.Provider(integration.Organization, Roles.ProductManager, Roles.Viewer);
        await app.ClientFor(manager).Post(path).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        foreach (var caller in new[] { TestCaller.Stranger(), manager })
        {
            Assert.Equal("0/0", Counts(await app.ClientFor(caller).Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch" }).Expect<JsonElement>()));
            await app.ClientFor(caller).Post("/v1/webhook-events/ignore", new { reason = "livemode_mismatch", confirm = 1 }).ExpectProblem(HttpStatusCode.Conflict, "ignore_count_changed", "confirm");
        }

        Assert.Equal("parked", (await app.StateOf(id)).State);
        await app.ClientFor(TestCaller.Operator()).Post(path).Expect();
        Assert.Equal("ignored", (await app.StateOf(id)).State);
    }

    [Fact]
    public async Task Parked_events_of_a_deleted_integration_are_closed_with_it()
    {
        var (integration, other) = (await app.Integration(), await app.Integration());
        var (own, foreign) = (await Parked(integration), await Parked(other));

        await app.Announce(integration, 2);
        Assert.Equal("parked", (await app.StateOf(own)).State);
        await app.Announce(integration, 3, deleted: true);

        Assert.Equal(("ignored", "integration_deleted"), await app.StateOf(own));
        Assert.Equal("parked", (await app.StateOf(foreign)).State);
    }

    private HttpClient Client(Integration integration) => app.ClientFor(TestCaller.Provider(integration.Organization, Roles.Owner));

    private static string Counts(JsonElement answer) => $"{answer.GetProperty("matching")}/{answer.GetProperty("ignored")}";

    private async Task<string?> Ready() => (await app.Anonymous().Get("/ready")).GetProperty("checks").GetProperty("parked-events").GetString();

    private Task<string?> OurId(string eventId) => app.Database.Scalar<string>("select id from webhook_events where event_id = $1", eventId);

    private Task<string> Parked(Integration integration) => Delivered(integration, livemode: true);

    private async Task<string> Delivered(Integration integration, bool livemode)
    {
        var id = IngestApp.NewEventId();
        await app.Deliver(integration, IngestApp.Event(id, livemode: livemode)).Expect();
        return id;
    }
}
