using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>A stored event, without its body.</summary>
/// <param name="EventId">Stripe's id (<c>evt_…</c>).</param>
/// <param name="State"><c>received</c> until the broker has its announcement, <c>announced</c> until Invoicing has answered, then <c>handled</c> or
/// <c>ignored</c>; <c>parked</c> when it waits for a person.</param>
/// <param name="Reason">Why it is ignored or parked; an event that was closed by hand keeps what parked it.</param>
/// <param name="LastFailure">What its handler said when it last failed.</param>
/// <param name="Deliveries">How often Stripe delivered it.</param>
/// <param name="Attempts">How often it was announced since it was received or last replayed.</param>
/// <param name="Replays">How often it was replayed.</param>
/// <param name="NextAttemptAt">When it is announced again, should nobody answer.</param>
/// <param name="Source"><c>delivery</c>, or <c>reconciliation</c> when Stripe never delivered it and a comparison with Stripe found it.</param>
public sealed record ListedEvent(
    string Id, string BillingIntegrationId, string OrganizationId, string EventId, string? Type, string? ObjectType, string? ObjectId, string? ApiVersion, bool? Livemode,
    string State, string? Reason, string? LastFailure, DateTimeOffset ReceivedAt, int Deliveries, DateTimeOffset LastDeliveredAt, int Attempts, int Replays,
    DateTimeOffset? NextAttemptAt, DateTimeOffset? AnsweredAt, string Source)
{
    internal const string Columns =
        $"""
        e.id, e.integration_id as billing_integration_id, e.organization_id, e.event_id, e.type, e.object_type, e.object_id, e.api_version, e.livemode,
        {EventSearch.ShownState} as state, e.reason, e.last_failure, e.received_at, e.deliveries, e.last_delivered_at, e.attempts, e.replays,
        e.next_attempt_at, e.answered_at, case when e.found_in is null then 'delivery' else 'reconciliation' end as source
        """;
}

/// <summary>Lists stored events.</summary>
public static class ListEvents
{
    /// <summary>200 with a page, newest first. Operators, and owners and admins of the integration's organization may; others see an empty list.</summary>
    public static async Task<Page<ListedEvent>> Handle(
        [AsParameters] PageQuery page, [AsParameters] EventSearch search, Caller caller, Database database, CancellationToken cancellation) =>
        Page<ListedEvent>.Of(
            await database.Query<ListedEvent>(
                $"select {ListedEvent.Columns} from webhook_events e where {EventSearch.Filter} and e.id < @After order by e.id desc limit @Take",
                search.Parameters(caller, page.After, page.Take), cancellation),
            page, listed => listed.Id);
}
