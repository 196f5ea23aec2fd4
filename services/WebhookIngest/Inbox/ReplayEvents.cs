using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Which events to announce once more, oldest first: those of a state, of an object, or of a time.</summary>
/// <param name="ObjectId">All events of this object at Stripe, such as <c>in_…</c>.</param>
/// <param name="CreatedFrom">Received at or after.</param>
/// <param name="CreatedUntil">Received before.</param>
/// <param name="Confirm">How many events are meant, as an answer without it tells. Nothing is queued without it, or when it does not fit any more.</param>
/// <param name="After">The <c>next</c> of the answer before, to go on after it.</param>
/// <param name="Limit">At most so many at once, 1 to 1000.</param>
public sealed record ReplayEventsRequest(
    [AllowedValues(null, EventState.Received, EventState.Announced, EventState.Handled, EventState.Ignored, EventState.Parked, ErrorMessage = EventSearch.States)] string? State = null,
    [PlainText(255)] string? Reason = null,
    [PlainText(255)] string? Type = null,
    [PlainText(255)] string? ObjectId = null,
    [PlainText(255)] string? BillingIntegrationId = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedUntil = null,
    long? Confirm = null,
    [PlainText(100)] string? After = null,
    [Range(1, 1000)] int Limit = 1000);

/// <summary>What a replay of many queued. Queued is not applied: the events' states tell when they are handled.</summary>
/// <param name="Matching">How many events the request means, those of this answer included.</param>
/// <param name="Queued">Events that will be announced.</param>
/// <param name="Skipped">Events that what parked or ignored them still holds.</param>
/// <param name="Next">Where to go on, with <c>matching</c> less those of this answer to confirm; null when nothing is left.</param>
public sealed record ReplayEventsResponse(long Matching, int Queued, int Skipped, string? Next);

/// <summary>Queues a confirmed, bounded number of stored events to be announced once more.</summary>
public static class ReplayEvents
{
    /// <summary>200 with the number alone while it is not confirmed; 202 with what was queued; 400 <c>replay_too_large</c>, 409 <c>replay_count_changed</c>.
    /// Operators replay everybody's, others those of the provider organizations they administer.</summary>
    public static async Task<Results<Ok<ReplayEventsResponse>, Accepted<ReplayEventsResponse>, ProblemHttpResult>> Handle(
        ReplayEventsRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (request is { State: null, ObjectId: null, CreatedFrom: null })
        {
            return Problem.Invalid("state", "Name a state, an objectId, or a time by createdFrom: a replay of everything is not meant by leaving them out.");
        }

        var choice = new EventChoice(
            new(request.State, request.Reason, request.Type, request.ObjectId, null, request.BillingIntegrationId, null, request.CreatedFrom, request.CreatedUntil), request.After, request.Limit);
        await using var transaction = await database.Begin(cancellation);
        var (matching, refusal) = await choice.Count(transaction, caller, request.Confirm, Problems.ReplayTooLarge, Problems.ReplayCountChanged, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (request.Confirm is null)
        {
            return TypedResults.Ok(new ReplayEventsResponse(matching, 0, 0, null));
        }

        var rows = await choice.Lock(transaction, caller, cancellation);
        var skipped = await StoredEvent.Announce(transaction, rows, clock.GetUtcNow(), cancellation);
        foreach (var own in rows.Where(row => !skipped.ContainsKey(row.Id)).GroupBy(row => row.OrganizationId))
        {
            await transaction.Record(
                caller, "webhook_events.replayed", own.Key, request.ObjectId ?? request.BillingIntegrationId ?? "webhook-events",
                own.CountBy(row => row.State).ToDictionary(),
                new { Queued = own.Count(), request.State, request.Reason, request.Type, request.ObjectId, request.BillingIntegrationId, request.CreatedFrom, request.CreatedUntil }, cancellation);
        }

        await transaction.Commit(cancellation);
        return TypedResults.Accepted((string?)null, new ReplayEventsResponse(matching, rows.Count - skipped.Count, skipped.Count, EventChoice.Next(rows, matching)));
    }
}
