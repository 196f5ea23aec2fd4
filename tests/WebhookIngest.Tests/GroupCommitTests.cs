using System.Diagnostics;
using System.Net;
using System.Text;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Marketplace.Testing;
using Marketplace.WebhookIngest.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>One group at a time, so that a test knows what is in it.</summary>
public sealed class OneWriter : IngestApp
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Ingest:Writers", "1")];
}

public sealed class GroupCommitTests(OneWriter app) : IClassFixture<OneWriter>
{
    [Fact]
    public async Task Deliveries_that_come_while_a_group_is_at_the_database_are_one_commit()
    {
        var integration = await app.Integration();
        var ids = Enumerable.Range(0, 20).Select(_ => IngestApp.NewEventId()).ToArray();

        await Gathered(integration, ids.Select(id => IngestApp.Event(id)));

        Assert.Equal(1L, await app.Database.Scalar<long>("select count(distinct xmin::text) from webhook_events where event_id = any($1)", (object)ids));
        var told = Assert.Single(await app.Announced<StripeEventsReceived>(group => group.Events.Any(e => ids.Contains(e.EventId))));
        Assert.Equal(ids.Order(StringComparer.Ordinal), told.Events.Select(e => e.EventId));
    }

    [Fact]
    public async Task Each_event_of_a_group_is_told_with_the_trace_of_its_own_delivery()
    {
        var integration = await app.Integration();
        var known = await app.Services.GetRequiredService<KnownEndpoints>().Find(integration.Id, fresh: true, default);
        var deliveries = Enumerable.Range(0, 2).Select(_ => WebhookDelivery.Of(
            TestCaller.NewId("whe"), known!, Encoding.UTF8.GetBytes(IngestApp.Event(IngestApp.NewEventId())), "{}", app.Clock.GetUtcNow(), $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01")).ToArray();

        await DeliveryBatch.Store(app.Services.GetRequiredService<Database>(), deliveries, default);

        var told = Assert.Single(await app.Announced<StripeEventsReceived>(group => group.Events.Any(e => e.BillingIntegrationId == integration.Id)));
        Assert.Equal(deliveries.Select(delivery => delivery.Trace), told.Events.Select(e => e.TraceParent));
    }

    [Fact]
    public async Task A_group_in_which_nothing_is_to_be_told_announces_nothing()
    {
        var integration = await app.Integration();
        var known = IngestApp.NewEventId();
        await app.Deliver(integration, IngestApp.Event(known)).Expect();

        await Gathered(integration, [IngestApp.Event(known), IngestApp.Event(IngestApp.NewEventId(), livemode: true)]);

        Assert.Single(await app.Announced<StripeEventsReceived>(group => group.Events.Any(e => e.BillingIntegrationId == integration.Id)));
    }

    [Fact]
    public async Task Copies_and_parked_events_in_a_group_are_no_trouble_to_the_others()
    {
        var integration = await app.Integration();
        var (known, twice, parked, plain) = (IngestApp.NewEventId(), IngestApp.NewEventId(), IngestApp.NewEventId(), IngestApp.NewEventId());
        await app.Deliver(integration, IngestApp.Event(known)).Expect();

        var answers = await Gathered(integration,
            [IngestApp.Event(twice), IngestApp.Event(known), IngestApp.Event(twice), IngestApp.Event(parked, livemode: true), "no event", IngestApp.Event(plain)]);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        Assert.Equal([2, 2, 1, 1], await app.Database.Column<int>("select deliveries from webhook_events where event_id = any($1) order by array_position($1, event_id)", (object)new[] { known, twice, parked, plain }));
        Assert.Single(await app.AnnouncedEvents(e => e.EventId == twice));
        Assert.Single(await app.AnnouncedEvents(e => e.EventId == known));
    }

    [Fact]
    public async Task A_group_that_fails_fails_each_of_its_deliveries()
    {
        var integration = await app.Integration();
        await app.Database.Execute("alter table outbox rename to outbox_away");

        var answers = await Gathered(integration, Enumerable.Range(0, 8).Select(_ => IngestApp.Event(IngestApp.NewEventId())));
        await app.Database.Execute("alter table outbox_away rename to outbox");

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.InternalServerError, answer));
        Assert.Equal(0, await app.Stored(integration));
    }

    [Fact]
    public async Task What_the_database_refuses_in_one_delivery_fails_that_one_alone()
    {
        var integration = await app.Integration();
        await app.Database.Execute("alter table webhook_events add constraint no_poison check (type <> 'poison')");

        var answers = await Gathered(integration, [IngestApp.Event(IngestApp.NewEventId()), IngestApp.Event(IngestApp.NewEventId(), type: "poison"), IngestApp.Event(IngestApp.NewEventId())]);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.InternalServerError, HttpStatusCode.OK], answers);
        Assert.Equal(2, await app.Stored(integration));
    }

    [Fact]
    public async Task A_secret_that_is_withdrawn_while_its_delivery_waits_stores_nothing()
    {
        var integration = await app.Integration();
        await app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId())).Expect();

        var answers = await Gathered(integration, [IngestApp.Event(IngestApp.NewEventId())], meanwhile: () => app.Announce(integration with { Secrets = ["whsec_next"] }, 2));

        Assert.Equal([HttpStatusCode.BadRequest], answers);
        Assert.Equal(1, await app.Stored(integration));
    }

    // Deliveries that all wait until the group before them is through. That one belongs to an integration of its own.
    private async Task<List<HttpStatusCode>> Gathered(Integration integration, IEnumerable<string> bodies, Func<Task>? meanwhile = null)
    {
        var other = await app.Integration();
        Task<HttpResponseMessage> first;
        List<Task<HttpResponseMessage>> all = [];
        await using (await app.HoldInserts())
        {
            first = app.Deliver(other, IngestApp.Event(IngestApp.NewEventId()));
            await app.Database.UntilBlockedOnLocks(1);
            foreach (var body in bodies)
            {
                all.Add(app.Deliver(integration, body));
                await Eventually.Until(() => app.Waiting == all.Count, "it waits");
            }

            await (meanwhile?.Invoke() ?? Task.CompletedTask);
        }

        await first;
        return [.. (await Task.WhenAll(all)).Select(answer => answer.StatusCode)];
    }
}
