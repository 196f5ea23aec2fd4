using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.WebhookIngest.Reconcile;

/// <summary>Takes events that Stripe lists and never delivered, as if they had been: stored, announced and answered alike. Those that are here stay as they are;
/// that an event is here once is the constraint's, whether its delivery or its list comes first.</summary>
public sealed class TakeFoundEvents(Database database, TimeProvider clock) : IConsumer<StripeEventsFound>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventsFound> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Stores those that are new and says how many this hand-over has brought, however often it is heard.</summary>
    public async Task Handle(StripeEventsFound found, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var endpoint = await transaction.QueryOne<Endpoint>(
            """
            select integration_id as integration, organization_id as organization, account_id as account, livemode from webhook_endpoints
            where integration_id = @BillingIntegrationId and account_id = @AccountId and livemode = @Livemode and not deleted
            """, new { found.BillingIntegrationId, found.AccountId, found.Livemode }, cancellation);
        if (endpoint is not null)
        {
            await Store(transaction, endpoint, found, cancellation);
        }

        var missed = await transaction.QueryOne<int>("select count(*)::int from webhook_events where found_in = @BatchId", new { found.BatchId }, cancellation);
        await transaction.Announce(new StripeEventsTaken(found.BillingIntegrationId, found.RunId, found.BatchId, missed), cancellation);
        await transaction.Commit(cancellation);
    }

    private async Task Store(Transaction transaction, Endpoint endpoint, StripeEventsFound found, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        // In the order in which deliveries are stored, so that the two never lock each other out.
        var events = found.Events.DistinctBy(e => e.EventId).OrderBy(e => e.EventId, StringComparer.Ordinal).Select(e => new Taken(e, endpoint)).ToList();
        var stored = await transaction.Query<string>(
            """
            insert into webhook_events (
                id, integration_id, organization_id, event_id, type, object_type, object_id, api_version, livemode, headers, body, state, reason, received_at, last_delivered_at,
                deliveries, announcement, attempts, next_attempt_at, found_in)
            select e.id, @Integration, @Organization, e.event_id, e.type, e.object_type, e.object_id, e.api_version, e.livemode, '{}', e.body, e.state, e.reason, @now, @now,
                0, e.announcement, case when e.announcement is null then 0 else 1 end, case when e.announcement is not null then @Next end, @BatchId
            from unnest(@Ids, @Events, @Types, @ObjectTypes, @ObjectIds, @ApiVersions, @Livemodes, @Bodies, @States, @Reasons, @Announcements)
                as e (id, event_id, type, object_type, object_id, api_version, livemode, body, state, reason, announcement)
            on conflict (event_id, integration_id) do nothing returning event_id
            """,
            new
            {
                endpoint.Integration, endpoint.Organization, now, Next = now + WebhookEvent.Wait(1), found.BatchId,
                Ids = events.Select(_ => Ids.New("whe", clock)).ToArray(), Events = events.Select(e => e.Facts.EventId).ToArray(), Types = events.Select(e => e.Facts.Type).ToArray(),
                ObjectTypes = events.Select(e => e.Facts.ObjectType).ToArray(), ObjectIds = events.Select(e => e.Facts.ObjectId).ToArray(),
                ApiVersions = events.Select(e => e.Facts.ApiVersion).ToArray(), Livemodes = events.Select(e => e.Facts.Livemode).ToArray(), Bodies = events.Select(e => e.Body).ToArray(),
                States = events.Select(e => e.State).ToArray(), Reasons = events.Select(e => e.Reason).ToArray(), Announcements = events.Select(e => e.Announcement).ToArray(),
            }, cancellation);
        var isNew = stored.ToHashSet(StringComparer.Ordinal);
        await transaction.AnnounceAll(
            [.. events.Where(e => e.Announcement is not null && isNew.Contains(e.Facts.EventId)).Select(e => new Announcement<StripeEventReceived>(
                e.Announcement!.Value, WebhookEvent.Announcement(endpoint.Integration, e.Facts, now), Activity.Current?.Id))], cancellation);
        Measures.Missed(stored.Count);
    }

    // What is listed is a hint as what is delivered: the object is fetched. So the body holds no more of it than its name.
    private sealed class Taken(FoundStripeEvent found, Endpoint endpoint)
    {
        public EventFacts Facts { get; } = new(found.EventId, true, found.Type, found.ObjectType, found.ObjectId, found.ApiVersion, found.Livemode);

        public string State => Judged.State;

        public string? Reason => Judged.Reason;

        public Guid? Announcement { get => Judged.State == EventState.Announced ? field ??= Guid.CreateVersion7() : null; }

        public byte[] Body => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            id = found.EventId, @object = "event", api_version = found.ApiVersion, created = found.CreatedAt.ToUnixTimeSeconds(), data = new { @object = new { id = found.ObjectId, @object = found.ObjectType } },
            livemode = found.Livemode, type = found.Type,
        }));

        private (string State, string? Reason) Judged => WebhookEvent.Judge(Facts, endpoint);
    }
}
