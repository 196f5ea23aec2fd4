using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Npgsql;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>Stores many deliveries and announces them together in one statement, which is one transaction and one round trip. Events are unique by the database's
/// constraint, whoever stores them at the same time; rows go in one order everywhere, so that two batches with the same events wait for each other
/// instead of locking each other out.</summary>
public static class DeliveryBatch
{
    /// <summary>Stores them; what it came to for each, in their order. All or, with an exception, none.</summary>
    public static async Task<Storing[]> Store(Database database, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellation)
    {
        // One row for each event of the batch; its copies share its fate.
        var events = deliveries.GroupBy(d => (d.Endpoint.Integration, d.Facts.EventId)).Select(copies => copies.ToList()).ToList();
        var outcomes = await Insert(database, events, cancellation);
        await Count(database, [.. events.Where((_, i) => outcomes[i] == Storing.Copy)], cancellation);
        return Each(deliveries, events.ConvertAll(copies => copies[0]), outcomes);
    }

    private static async Task<Storing[]> Insert(Database database, List<List<WebhookDelivery>> events, CancellationToken cancellation)
    {
        var firsts = events.ConvertAll(copies => copies[0]);
        var outcomes = await database.Query<string>(
            $"""
            with incoming as (
                select * from unnest(
                    @Ids, @Integrations, @Versions, @Organizations, @Events, @Types, @ObjectTypes, @ObjectIds, @ApiVersions, @Livemodes, @Accounts,
                    @Headers, @Bodies, @States, @Reasons, @Times, @Deliveries, @Messages)
                with ordinality as delivery (
                    id, integration_id, version, organization_id, event_id, type, object_type, object_id, api_version, livemode, account,
                    headers, body, state, reason, received_at, deliveries, message, place)
            ), verified as (
                select d.* from incoming d join webhook_endpoints e on e.integration_id = d.integration_id and e.version = d.version and not e.deleted
            ), stored as (
                insert into webhook_events (
                    id, integration_id, organization_id, event_id, type, object_type, object_id, api_version, livemode, account,
                    headers, body, state, reason, received_at, last_delivered_at, deliveries, announcement, attempts, next_attempt_at)
                select
                    id, integration_id, organization_id, event_id, type, object_type, object_id, api_version, livemode, account,
                    headers::jsonb, body, state, reason, received_at, received_at, deliveries,
                    case when message is not null then @Announcement end, case when message is null then 0 else 1 end, case when message is not null then received_at + @Wait end
                from verified order by event_id, integration_id
                on conflict (integration_id, event_id) do nothing
                returning id
            ), announced as (
                {Announcement.InsertTogether("events", "incoming join stored using (id) where message is not null")}
            )
            select case when stored.id is not null then 'Stored' when verified.id is not null then 'Copy' else 'EndpointChanged' end
            from incoming left join verified on verified.id = incoming.id left join stored on stored.id = incoming.id order by incoming.place
            """,
            new
            {
                Ids = firsts.Select(d => d.Id).ToArray(), Integrations = firsts.Select(d => d.Endpoint.Integration).ToArray(), Versions = firsts.Select(d => d.EndpointVersion).ToArray(),
                Organizations = firsts.Select(d => d.Endpoint.Organization).ToArray(), Events = firsts.Select(d => d.Facts.EventId).ToArray(),
                Types = firsts.Select(d => d.Facts.Type).ToArray(), ObjectTypes = firsts.Select(d => d.Facts.ObjectType).ToArray(),
                ObjectIds = firsts.Select(d => d.Facts.ObjectId).ToArray(), ApiVersions = firsts.Select(d => d.Facts.ApiVersion).ToArray(),
                Livemodes = firsts.Select(d => d.Facts.Livemode).ToArray(), Accounts = firsts.Select(d => d.Facts.Account).ToArray(),
                Headers = firsts.Select(d => d.Headers).ToArray(), Bodies = firsts.Select(d => d.Body).ToArray(),
                States = firsts.Select(d => d.State).ToArray(), Reasons = firsts.Select(d => d.Reason).ToArray(), Times = firsts.Select(d => d.ReceivedAt).ToArray(),
                Deliveries = events.Select(copies => copies.Count).ToArray(),
                Messages = firsts.Select(Message).ToArray(), Announcement = Guid.CreateVersion7(), MessageType = Announcement.TypeOf<StripeEventsReceived>(), Wait = WebhookEvent.Wait(1),
            }, cancellation);
        return [.. outcomes.Select(Enum.Parse<Storing>)];
    }

    private static string? Message(WebhookDelivery delivery) => delivery.State != EventState.Announced ? null
        : Announcement.Body(WebhookEvent.Announcement(delivery.Endpoint.Integration, delivery.Facts, delivery.ReceivedAt) with { TraceParent = delivery.Trace });

    // The copies are safe by now: a count that cannot be had soon, because somebody holds the event, is given up.
    private static async Task Count(Database database, List<List<WebhookDelivery>> copies, CancellationToken cancellation)
    {
        if (copies.Count == 0)
        {
            return;
        }

        try
        {
            await using var transaction = await database.Begin(cancellation);
            await transaction.Execute("set local lock_timeout = '500ms'", null, cancellation);
            await transaction.Execute(
                """
                with known as (
                    select e.id, copy.number, copy.at from unnest(@Integrations, @Events, @Numbers, @Times) as copy (integration_id, event_id, number, at)
                    join webhook_events e on e.integration_id = copy.integration_id and e.event_id = copy.event_id
                    order by e.event_id, e.integration_id for update of e
                )
                update webhook_events e set deliveries = e.deliveries + known.number, last_delivered_at = greatest(e.last_delivered_at, known.at) from known where known.id = e.id
                """,
                new
                {
                    Integrations = copies.Select(c => c[0].Endpoint.Integration).ToArray(), Events = copies.Select(c => c[0].Facts.EventId).ToArray(),
                    Numbers = copies.Select(c => c.Count).ToArray(), Times = copies.Select(c => c[^1].ReceivedAt).ToArray(),
                }, cancellation);
            await transaction.Commit(cancellation);
        }
        catch (NpgsqlException)
        {
            Measures.Uncounted(copies.Sum(c => c.Count));
        }
    }

    private static Storing[] Each(IReadOnlyList<WebhookDelivery> deliveries, List<WebhookDelivery> firsts, Storing[] outcomes)
    {
        var byEvent = firsts.Zip(outcomes).ToDictionary(pair => (pair.First.Endpoint.Integration, pair.First.Facts.EventId));
        return [.. deliveries.Select(delivery =>
        {
            var (first, outcome) = byEvent[(delivery.Endpoint.Integration, delivery.Facts.EventId)];
            return outcome == Storing.Stored && !ReferenceEquals(first, delivery) ? Storing.Copy : outcome;
        })];
    }
}
