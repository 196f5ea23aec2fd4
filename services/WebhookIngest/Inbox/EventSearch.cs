using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Which events: all filters must hold. Operators search everybody's, others those of the provider organizations they administer.</summary>
/// <param name="State">As an event shows it.</param>
/// <param name="Reason">Why it is ignored or parked.</param>
/// <param name="Type">Stripe's event type, such as <c>invoice.paid</c>.</param>
/// <param name="ObjectId">The object at Stripe, such as <c>in_…</c>.</param>
/// <param name="Id">The event's id, ours (<c>whe_…</c>) or Stripe's (<c>evt_…</c>).</param>
/// <param name="CreatedFrom">Received at or after.</param>
/// <param name="CreatedUntil">Received before.</param>
/// <param name="Source"><c>delivery</c>, or <c>reconciliation</c> for events that Stripe never delivered and a comparison with Stripe found.</param>
public sealed record EventSearch(
    [property: FromQuery(Name = "state"), AllowedValues(null, EventState.Received, EventState.Announced, EventState.Handled, EventState.Ignored, EventState.Parked, ErrorMessage = EventSearch.States)]
    string? State = null,
    [property: FromQuery(Name = "reason"), PlainText(255)] string? Reason = null,
    [property: FromQuery(Name = "type"), PlainText(255)] string? Type = null,
    [property: FromQuery(Name = "objectId"), PlainText(255)] string? ObjectId = null,
    [property: FromQuery(Name = "id"), PlainText(255)] string? Id = null,
    [property: FromQuery(Name = "billingIntegrationId"), PlainText(255)] string? BillingIntegrationId = null,
    [property: FromQuery(Name = "organizationId"), PlainText(255)] string? OrganizationId = null,
    [property: FromQuery(Name = "createdFrom")] DateTimeOffset? CreatedFrom = null,
    [property: FromQuery(Name = "createdUntil")] DateTimeOffset? CreatedUntil = null,
    [property: FromQuery(Name = "source"), AllowedValues(null, "delivery", "reconciliation", ErrorMessage = "One of: delivery, reconciliation.")] string? Source = null)
{
    internal const string States = "One of: received, announced, handled, ignored, parked.";

    /// <summary>The state as it is shown, of <c>webhook_events e</c>: an announcement that still has its outbox row was not confirmed by the broker yet.</summary>
    internal const string ShownState =
        "case when e.state = 'announced' and exists (select 1 from outbox o where o.id = e.announcement) then 'received' else e.state end";

    /// <summary>Tenant scope and filters over <c>webhook_events e</c>; takes what <see cref="Parameters"/> gives.</summary>
    internal const string Filter =
        $"""
        (@IsOperator or e.organization_id = any(@Organizations))
        and (@State::text is null or ({ShownState}) = @State) and (@Stored::text is null or e.state = @Stored)
        and (@Reason::text is null or e.reason = @Reason) and (@Type::text is null or e.type = @Type) and (@ObjectId::text is null or e.object_id = @ObjectId)
        and (@EventId::text is null or e.event_id = @EventId or e.id = @EventId)
        and (@Integration::text is null or e.integration_id = @Integration) and (@Organization::text is null or e.organization_id = @Organization)
        and (@Source::text is null or (@Source = 'reconciliation') = (e.found_in is not null))
        and (@From::timestamptz is null or e.received_at >= @From) and (@Until::timestamptz is null or e.received_at < @Until)
        """;

    /// <summary>The parameters of <see cref="Filter"/> and where to go on; <c>Stored</c> lets the index on the column narrow what the shown state then decides.</summary>
    internal object Parameters(Caller caller, string after, int take) => new
    {
        caller.IsOperator, Organizations = caller.OrganizationsWith(Roles.ProviderSettings), State,
        Stored = State == EventState.Received ? EventState.Announced : State,
        Reason, Type, ObjectId, Source, EventId = Id, Integration = BillingIntegrationId, Organization = OrganizationId,
        From = CreatedFrom?.ToUniversalTime(), Until = CreatedUntil?.ToUniversalTime(), After = after, Take = take,
    };
}
