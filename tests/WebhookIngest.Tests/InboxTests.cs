using System.Net;
using System.Text.Json;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class InboxTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task Providers_see_the_events_of_their_own_integrations_and_operators_all()
    {
        var (one, other) = (await app.Integration(), await app.Integration());
        var (mine, theirs) = (await Delivered(one), await Delivered(other));

        Assert.Equal([mine], await Listed(Owner(one), ""));
        Assert.Equal([theirs], await Listed(Owner(other), ""));
        Assert.Superset(new HashSet<string> { mine, theirs }, (await Listed(TestCaller.Operator(), "?limit=100")).ToHashSet());
        Assert.Empty(await Listed(TestCaller.Stranger(), ""));
        Assert.Empty(await Listed(TestCaller.Provider(one.Organization, Roles.Viewer, Roles.ProductManager), ""));
        Assert.Empty(await Listed(TestCaller.Stranger(), $"?billingIntegrationId={one.Id}"));
    }

    [Fact]
    public async Task Filters_narrow_the_list()
    {
        var integration = await app.Integration();
        var paid = await Delivered(integration);
        var failed = await Delivered(integration, type: "invoice.payment_failed");
        var parked = await Delivered(integration, livemode: true);
        await app.Answer(integration, paid, "handled");
        var owner = Owner(integration);

        Assert.Equal([paid], await Listed(owner, "?state=handled"));
        Assert.Equal([parked], await Listed(owner, "?state=parked"));
        Assert.Equal([failed], await Listed(owner, "?type=invoice.payment_failed"));
        Assert.Empty(await Listed(owner, "?billingIntegrationId=bil_other"));
        Assert.Equal(3, (await Listed(owner, $"?createdFrom={app.Clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}")).Count);
        Assert.Empty(await Listed(owner, $"?createdUntil={app.Clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}"));
        await app.ClientFor(owner).GetAsync("/v1/webhook-events?state=lost").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
        await app.ClientFor(owner).GetAsync("/v1/webhook-events?type=%00").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "type");
    }

    [Fact]
    public async Task One_event_is_shown_with_what_was_delivered()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);

        var shown = await app.ClientFor(Owner(integration)).Get($"/v1/webhook-events/{await OurId(id)}");

        Assert.Equal(IngestApp.Event(id), shown.GetProperty("body").GetString());
        Assert.Equal("invoice", shown.GetProperty("event").GetProperty("objectType").GetString());
        Assert.StartsWith("Stripe/1.0", shown.GetProperty("headers").GetProperty("User-Agent").GetString());
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/replay")]
    public async Task One_event_is_closed_to_nobody_strangers_and_weak_roles(string method, string suffix)
    {
        var integration = await app.Integration();
        var path = $"/v1/webhook-events/{await OurId(await Delivered(integration))}{suffix}";

        await Send(app.Anonymous()).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await Send(app.ClientFor(TestCaller.Stranger())).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Send(app.ClientFor(TestCaller.Provider(integration.Organization, Roles.ProductManager))).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        Assert.True((await Send(app.ClientFor(TestCaller.Provider(integration.Organization, Roles.Admin)))).IsSuccessStatusCode);
        Assert.True((await Send(app.ClientFor(TestCaller.Operator()))).IsSuccessStatusCode);

        Task<HttpResponseMessage> Send(HttpClient client) => client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
    }

    [Fact]
    public async Task Lists_and_bulk_replays_are_closed_to_nobody()
    {
        await app.Anonymous().GetAsync("/v1/webhook-events").ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await app.Anonymous().Post("/v1/webhook-events/replay", new { }).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_replay_announces_a_closed_event_once_more()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await app.Answer(integration, id, "ignored", "not_ours");

        var replayed = await app.ClientFor(Owner(integration)).Post($"/v1/webhook-events/{await OurId(id)}/replay").Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal("announced", replayed.GetProperty("state").GetString());
        Assert.Equal(2, (await app.Announced<StripeEventReceived>(e => e.EventId == id)).Count);
    }

    [Fact]
    public async Task A_replay_judges_by_what_is_known_now()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration, livemode: true);
        var path = $"/v1/webhook-events/{await OurId(id)}/replay";

        await app.ClientFor(Owner(integration)).Post(path).ExpectProblem(HttpStatusCode.Conflict, "event_still_parked");
        await app.Announce(integration with { Livemode = true }, 2);
        await app.ClientFor(Owner(integration)).Post(path).Expect(HttpStatusCode.Accepted);

        Assert.Equal("announced", (await app.StateOf(id)).State);
    }

    [Fact]
    public async Task A_bulk_replay_takes_a_bounded_number_of_the_callers_own()
    {
        var (integration, foreign) = (await app.Integration(), await app.Integration());
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await Delivered(integration, livemode: i == 4));
        }

        var theirs = await Delivered(foreign);
        await app.Database.Execute("update webhook_events set state = 'parked', reason = 'unanswered', next_attempt_at = null where integration_id = any($1)", (object)new[] { integration.Id, foreign.Id });
        var client = app.ClientFor(Owner(integration));

        var first = await client.Post("/v1/webhook-events/replay", new { limit = 3 }).Expect<JsonElement>();
        var second = await client.Post("/v1/webhook-events/replay", new { limit = 3, after = first.GetProperty("next").GetString() }).Expect<JsonElement>();

        Assert.Equal((3, 0), (first.GetProperty("replayed").GetInt32(), first.GetProperty("skipped").GetInt32()));
        Assert.Equal((1, 1), (second.GetProperty("replayed").GetInt32(), second.GetProperty("skipped").GetInt32()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal("announced", (await app.StateOf(ids[0])).State);
        Assert.Equal("parked", (await app.StateOf(theirs)).State);
        await client.Post("/v1/webhook-events/replay", new { limit = 101 }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit");
        await client.Post("/v1/webhook-events/replay", new { state = "lost" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
    }

    [Fact]
    public async Task The_list_is_paged_newest_first()
    {
        var integration = await app.Integration();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await Delivered(integration));
        }

        var page = await app.ClientFor(Owner(integration)).Get("/v1/webhook-events?limit=2");
        var rest = await Listed(Owner(integration), $"?limit=2&cursor={page.GetProperty("nextCursor").GetString()}");

        Assert.Equal([ids[2], ids[1]], page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("eventId").GetString()));
        Assert.Equal([ids[0]], rest);
    }

    private static TestCaller Owner(Integration integration) => TestCaller.Provider(integration.Organization, Roles.Owner);

    private async Task<List<string>> Listed(TestCaller caller, string query) =>
        [.. (await app.ClientFor(caller).Get($"/v1/webhook-events{query}")).GetProperty("data").EnumerateArray().Select(e => e.GetProperty("eventId").GetString()!)];

    private Task<string?> OurId(string eventId) => app.Database.Scalar<string>("select id from webhook_events where event_id = $1", eventId);

    private async Task<string> Delivered(Integration integration, string type = "invoice.paid", bool livemode = false)
    {
        var id = IngestApp.NewEventId();
        await app.Deliver(integration, IngestApp.Event(id, type, livemode: livemode)).Expect();
        return id;
    }
}
