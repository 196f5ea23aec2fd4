using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>A stored event, without its body.</summary>
/// <param name="EventId">Stripe's id (<c>evt_…</c>).</param>
/// <param name="State"><c>announced</c>, <c>handled</c>, <c>ignored</c> or <c>parked</c>.</param>
/// <param name="Reason">Why it is ignored or parked.</param>
/// <param name="Deliveries">How often Stripe delivered it.</param>
/// <param name="Attempts">How often it was announced.</param>
/// <param name="NextAttemptAt">When it is announced again, should nobody answer.</param>
public sealed record ListedEvent(
    string Id, string BillingIntegrationId, string EventId, string? Type, string? ObjectType, string? ObjectId, string? ApiVersion, bool? Livemode,
    string State, string? Reason, DateTimeOffset ReceivedAt, int Deliveries, DateTimeOffset LastDeliveredAt, int Attempts, DateTimeOffset? NextAttemptAt, DateTimeOffset? AnsweredAt)
{
    internal const string Columns =
        """
        id, integration_id as billing_integration_id, event_id, type, object_type, object_id, api_version, livemode,
        state, reason, received_at, deliveries, last_delivered_at, attempts, next_attempt_at, answered_at
        """;
}

/// <summary>Which events: of a state, type, integration, and time of receipt. Operators see all; others those of the provider organizations they administer.</summary>
public static class ListEvents
{
    /// <summary>Tenant scope and filters of the inbox; takes <c>@IsOperator</c>, <c>@Organizations</c> and the filters.</summary>
    internal const string Filter =
        """
        (@IsOperator or organization_id = any(@Organizations))
        and (@State::text is null or state = @State) and (@Type::text is null or type = @Type)
        and (@Integration::text is null or integration_id = @Integration)
        and (@From::timestamptz is null or received_at >= @From) and (@Until::timestamptz is null or received_at < @Until)
        """;

    /// <summary>200 with a page, newest first. Operators, and owners and admins of the integration's organization may; others see an empty list.</summary>
    /// <param name="createdFrom">Received at or after.</param>
    /// <param name="createdUntil">Received before.</param>
    public static async Task<Page<ListedEvent>> Handle(
        [AsParameters] PageQuery page,
        [AllowedValues(null, EventState.Announced, EventState.Handled, EventState.Ignored, EventState.Parked, ErrorMessage = "One of: announced, handled, ignored, parked.")] string? state,
        [MaxLength(255), PlainText] string? type, [MaxLength(255), PlainText] string? billingIntegrationId, DateTimeOffset? createdFrom, DateTimeOffset? createdUntil,
        Caller caller, Database database, CancellationToken cancellation) =>
        Page<ListedEvent>.Of(
            await database.Query<ListedEvent>(
                $"select {ListedEvent.Columns} from webhook_events where {Filter} and id < @After order by id desc limit @Take",
                new
                {
                    caller.IsOperator, Organizations = caller.OrganizationsWith(Roles.ProviderSettings), State = state, Type = type, Integration = billingIntegrationId,
                    From = createdFrom, Until = createdUntil, page.After, page.Take,
                }, cancellation),
            page, listed => listed.Id);
}
