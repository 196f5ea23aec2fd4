using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Marketplace.WebhookIngest.Reconcile;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>Events that Stripe lists and never delivered.</summary>
public sealed class FoundEventTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task What_was_never_delivered_is_stored_and_announced_and_what_was_stays_as_it_is()
    {
        var integration = await app.Integration();
        var (delivered, missed) = (IngestApp.NewEventId(), IngestApp.NewEventId());
        await app.Deliver(integration, IngestApp.Event(delivered)).Expect();
        await app.Answer(integration, delivered, "handled");

        var taken = await Take(integration, delivered, missed);

        Assert.Equal(1, taken.Missed);
        Assert.Equal("handled", (await app.StateOf(delivered)).State);
        Assert.Equal("announced", (await app.StateOf(missed)).State);
        Assert.Equal(
            new StripeEventReceived(integration.Id, missed, "invoice.paid", "invoice", $"in_{missed}", false, app.Clock.GetUtcNow(), Replay: 0),
            Assert.Single(await app.AnnouncedEvents(e => e.EventId == missed)));
        Assert.Single(await app.AnnouncedEvents(e => e.EventId == delivered));
        Assert.Equal([missed], await Listed(integration, "?source=reconciliation"));
        Assert.Equal([delivered], await Listed(integration, "?source=delivery"));
        await app.ClientFor(Owner(integration)).GetAsync("/v1/webhook-events?source=odd").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "source");
    }

    [Fact]
    public async Task A_hand_over_that_is_heard_twice_announces_once_and_answers_the_same()
    {
        var integration = await app.Integration();
        var ids = Enumerable.Range(0, 5).Select(_ => IngestApp.NewEventId()).ToArray();
        var found = Found(integration, ids);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.Make<TakeFoundEvents>().Handle(found, default)));

        Assert.Equal([5, 5, 5, 5], (await Answers(found)).Select(a => a.Missed));
        foreach (var id in ids)
        {
            Assert.Single(await app.AnnouncedEvents(e => e.EventId == id));
        }
    }

    [Fact]
    public async Task A_delivery_that_comes_later_is_a_copy()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        await Take(integration, id);

        var answer = await app.Deliver(integration, IngestApp.Event(id)).Expect<JsonElement>();

        Assert.True(answer.GetProperty("copy").GetBoolean());
        Assert.Equal(1, await app.Database.Scalar<int>("select deliveries from webhook_events where event_id = $1", id));
        Assert.Single(await app.AnnouncedEvents(e => e.EventId == id));
        await app.Answer(integration, id, "handled");
        Assert.Equal("handled", (await app.StateOf(id)).State);
    }

    [Fact]
    public async Task Events_are_judged_as_deliveries_are_and_replayed_alike()
    {
        var integration = await app.Integration();
        var (live, old) = (IngestApp.NewEventId(), IngestApp.NewEventId());
        var found = Found(integration, live, old);
        found = found with { Events = [found.Events[0] with { Livemode = true }, found.Events[1] with { ApiVersion = "2019-01-01" }] };

        await app.Make<TakeFoundEvents>().Handle(found, default);

        Assert.Equal((("parked", "livemode_mismatch"), ("parked", "api_version_unknown")), (await app.StateOf(live), await app.StateOf(old)));
        var good = IngestApp.NewEventId();
        await Take(integration, good);
        await app.Answer(integration, good, "handled");
        var ours = await app.Database.Scalar<string>("select id from webhook_events where event_id = $1", good);
        await app.ClientFor(Owner(integration)).Post($"/v1/webhook-events/{ours}/replay").Expect(HttpStatusCode.Accepted);
        Assert.Equal(2, (await app.AnnouncedEvents(e => e.EventId == good)).Count);
        Assert.Contains(good, (await app.ClientFor(Owner(integration)).Get($"/v1/webhook-events/{ours}")).GetProperty("body").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_another_account_or_an_unknown_integration_nothing_is_taken_and_that_is_answered()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        Assert.Equal(0, (await Take(integration with { Account = "acct_other" }, id)).Missed);
        Assert.Equal(0, (await Take(integration with { Id = TestCaller.NewId("bil") }, id)).Missed);
        Assert.Null((await app.StateOf(id)).State);
    }

    private async Task<StripeEventsTaken> Take(Integration integration, params string[] ids)
    {
        var found = Found(integration, ids);
        await app.Make<TakeFoundEvents>().Handle(found, default);
        return Assert.Single(await Answers(found));
    }

    private Task<List<StripeEventsTaken>> Answers(StripeEventsFound found) => app.Announced<StripeEventsTaken>(a => a.BatchId == found.BatchId && a.BillingIntegrationId == found.BillingIntegrationId);

    private StripeEventsFound Found(Integration integration, params string[] ids) => new(
        integration.Id, TestCaller.NewId("rec"), TestCaller.NewId("batch"), integration.Account, integration.Livemode,
        [.. ids.Select(id => new FoundStripeEvent(id, "invoice.paid", "invoice", $"in_{id}", "2026-07-29.dahlia", integration.Livemode, app.Clock.GetUtcNow().AddDays(-1)))], app.Clock.GetUtcNow());

    private async Task<List<string?>> Listed(Integration integration, string query) =>
        [.. (await app.ClientFor(Owner(integration)).Get("/v1/webhook-events" + query)).GetProperty("data").EnumerateArray().Select(e => e.GetProperty("eventId").GetString())];

    private static TestCaller Owner(Integration integration) => TestCaller.Provider(integration.Organization, Roles.Owner);
}
