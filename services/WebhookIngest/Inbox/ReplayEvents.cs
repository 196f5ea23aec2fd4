using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Which events to announce once more, oldest first.</summary>
/// <param name="State"><c>parked</c> unless another is named.</param>
/// <param name="CreatedFrom">Received at or after.</param>
/// <param name="CreatedUntil">Received before.</param>
/// <param name="After">The <c>next</c> of the answer before, to go on after it.</param>
/// <param name="Limit">At most so many, 1 to 100.</param>
public sealed record ReplayEventsRequest(
    [AllowedValues(EventState.Announced, EventState.Handled, EventState.Ignored, EventState.Parked, ErrorMessage = "One of: announced, handled, ignored, parked.")] string State = EventState.Parked,
    [MaxLength(255), PlainText] string? Type = null,
    [MaxLength(255), PlainText] string? BillingIntegrationId = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedUntil = null,
    [MaxLength(100), PlainText] string? After = null,
    [Range(1, 100)] int Limit = 100);

/// <summary>What a bulk replay did.</summary>
/// <param name="Skipped">Events that what parked them still holds.</param>
/// <param name="Next">Where to go on; null when nothing is left.</param>
public sealed record ReplayEventsResponse(int Replayed, int Skipped, string? Next);

/// <summary>Announces a bounded number of stored events once more.</summary>
public static class ReplayEvents
{
    /// <summary>200 with the counts. Operators replay everybody's, others those of the provider organizations they administer.</summary>
    public static async Task<Ok<ReplayEventsResponse>> Handle(
        ReplayEventsRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var rows = await transaction.Query<StoredEvent>(
            $"""
            select {StoredEvent.Columns}
            join (select id from webhook_events where {ListEvents.Filter} and id > @After order by id limit @Limit) chosen on chosen.id = e.id
            order by e.id for update of e
            """,
            new
            {
                caller.IsOperator, Organizations = caller.OrganizationsWith(Roles.ProviderSettings), request.State, request.Type, Integration = request.BillingIntegrationId,
                From = request.CreatedFrom, Until = request.CreatedUntil, After = request.After ?? "", request.Limit,
            }, cancellation);
        var replayed = 0;
        foreach (var row in rows)
        {
            replayed += await row.Announce(transaction, clock.GetUtcNow(), cancellation) is null ? 1 : 0;
        }

        await transaction.Commit(cancellation);
        return TypedResults.Ok(new ReplayEventsResponse(replayed, rows.Count - replayed, rows.Count == request.Limit ? rows[^1].Id : null));
    }
}
