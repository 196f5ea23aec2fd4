using System.Net;
using System.Text.Json;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class InboxTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task An_event_is_received_until_the_broker_has_its_announcement_and_announced_until_it_is_answered()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);

        Assert.Equal("received", await Shown());
        await app.Database.Execute("delete from outbox where body->'events'->0->>'eventId' = $1", id); // What the relay does after the broker's confirm.
        Assert.Equal("announced", await Shown());
        Assert.Equal([id], await Listed(Owner(integration), "?state=announced"));
        Assert.Empty(await Listed(Owner(integration), "?state=received"));
        await app.Answer(integration, id, "handled");
        Assert.Equal("handled", await Shown());

        async Task<string?> Shown() => (await app.ClientFor(Owner(integration)).Get($"/v1/webhook-events/{await OurId(id)}")).GetProperty("event").GetProperty("state").GetString();
    }

    [Fact]
    public async Task What_waits_is_counted_by_state_and_reason_for_those_whose_it_is()
    {
        var integration = await app.Integration();
        await Delivered(integration);
        await Delivered(integration, livemode: true);
        await Delivered(integration, livemode: true);
        await app.Answer(integration, await Delivered(integration), "handled");

        var summary = await app.ClientFor(Owner(integration)).Get("/v1/webhook-events/summary");

        Assert.Equal(2, summary.GetProperty("parked").GetInt32());
        Assert.Equal(
            ["parked/livemode_mismatch/2", "received//1"],
            summary.GetProperty("waiting").EnumerateArray().Select(w => $"{w.GetProperty("state")}/{w.GetProperty("reason")}/{w.GetProperty("count")}"));
        Assert.Equal(0, (await app.ClientFor(TestCaller.Stranger()).Get("/v1/webhook-events/summary")).GetProperty("parked").GetInt32());
        Assert.InRange((await app.ClientFor(TestCaller.Operator()).Get("/v1/webhook-events/summary")).GetProperty("parked").GetInt32(), 2, int.MaxValue);
        Assert.Equal("Degraded", (await app.Anonymous().Get("/ready")).GetProperty("checks").GetProperty("parked-events").GetString());
    }

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
        // As in a disabled provider: a membership without a role.
        Assert.Empty(await Listed(TestCaller.Provider(one.Organization), ""));
        await app.ClientFor(TestCaller.Provider(one.Organization)).GetAsync($"/v1/webhook-events/{await OurId(mine)}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
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
        Assert.Equal([parked], await Listed(owner, "?reason=livemode_mismatch"));
        Assert.Empty(await Listed(owner, "?billingIntegrationId=bil_other"));
        Assert.Equal([paid], await Listed(owner, $"?id={paid}"));
        Assert.Equal([paid], await Listed(owner, $"?id={await OurId(paid)}"));
        Assert.Equal([failed], await Listed(owner, $"?organizationId={integration.Organization}&objectId=in_1&state=received"));
        Assert.Equal([failed], await Listed(TestCaller.Operator(), $"?organizationId={integration.Organization}&state=received"));
        Assert.Empty(await Listed(owner, "?objectId=in_other"));
        Assert.Empty(await Listed(owner, "?organizationId=org_other"));
        Assert.Equal(3, (await Listed(owner, $"?createdFrom={app.Clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}")).Count);
        Assert.Empty(await Listed(owner, $"?createdUntil={app.Clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}"));
        await app.ClientFor(owner).GetAsync("/v1/webhook-events?state=lost").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
        await app.ClientFor(owner).GetAsync("/v1/webhook-events?type=%00").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "type");
        await app.ClientFor(owner).GetAsync($"/v1/webhook-events?objectId={new string('x', 256)}").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "objectId");
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
        await app.Anonymous().GetAsync("/v1/webhook-events/summary").ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await app.Anonymous().Post("/v1/webhook-events/replay", new { }).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
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
