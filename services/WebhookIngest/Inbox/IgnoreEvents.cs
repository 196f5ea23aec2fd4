using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Which parked events to close, oldest first: those of a reason, of an integration, of an object, or of a time.</summary>
/// <param name="Reason">What they are parked for, such as <c>livemode_mismatch</c>.</param>
/// <param name="ObjectId">All parked events of this object at Stripe, such as <c>in_…</c>.</param>
/// <param name="CreatedFrom">Received at or after.</param>
/// <param name="CreatedUntil">Received before.</param>
/// <param name="Confirm">How many events are meant, as an answer without it tells. Nothing is closed without it, or when it does not fit any more.</param>
/// <param name="After">The <c>next</c> of the answer before, to go on after it.</param>
/// <param name="Limit">At most so many at once, 1 to 1000.</param>
public sealed record IgnoreEventsRequest(
    [PlainText(255)] string? Reason = null,
    [PlainText(255)] string? Type = null,
    [PlainText(255)] string? ObjectId = null,
    [PlainText(255)] string? BillingIntegrationId = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedUntil = null,
    long? Confirm = null,
    [PlainText(100)] string? After = null,
    [Range(1, 1000)] int Limit = 1000);

/// <summary>What was closed of many.</summary>
/// <param name="Matching">How many parked events the request means, those of this answer included.</param>
/// <param name="Ignored">Events that are closed now.</param>
/// <param name="Next">Where to go on, with <c>matching</c> less those of this answer to confirm; null when nothing is left.</param>
public sealed record IgnoreEventsResponse(long Matching, int Ignored, string? Next);

/// <summary>Closes a confirmed, bounded number of parked events.</summary>
public static class IgnoreEvents
{
    /// <summary>200 with the number alone while it is not confirmed, else with what was closed; 400 <c>ignore_too_large</c>, 409 <c>ignore_count_changed</c>.
    /// Operators close everybody's, others those of the provider organizations they administer.</summary>
    public static async Task<Results<Ok<IgnoreEventsResponse>, ProblemHttpResult>> Handle(
        IgnoreEventsRequest request, Caller caller, Database database, CancellationToken cancellation)
    {
        if (request is { Reason: null, BillingIntegrationId: null, ObjectId: null, CreatedFrom: null })
        {
            return Problem.Invalid("reason", "Name a reason, a billingIntegrationId, an objectId, or a time by createdFrom: that all are ignored is not meant by leaving them out.");
        }

        var choice = new EventChoice(
            new(EventState.Parked, request.Reason, request.Type, request.ObjectId, null, request.BillingIntegrationId, null, request.CreatedFrom, request.CreatedUntil), request.After, request.Limit);
        await using var transaction = await database.Begin(cancellation);
        var (matching, refusal) = await choice.Count(transaction, caller, request.Confirm, Problems.IgnoreTooLarge, Problems.IgnoreCountChanged, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (request.Confirm is null)
        {
            return TypedResults.Ok(new IgnoreEventsResponse(matching, 0, null));
        }

        var rows = await choice.Lock(transaction, caller, cancellation);
        var ignored = await StoredEvent.Ignore(transaction, rows, cancellation);
        foreach (var own in ignored.GroupBy(row => row.OrganizationId))
        {
            await transaction.Record(
                caller, "webhook_events.ignored", own.Key, request.ObjectId ?? request.BillingIntegrationId ?? "webhook-events",
                own.CountBy(row => row.Reason ?? "").ToDictionary(),
                new { Ignored = own.Count(), request.Reason, request.Type, request.ObjectId, request.BillingIntegrationId, request.CreatedFrom, request.CreatedUntil }, cancellation);
        }

        await transaction.Commit(cancellation);
        return TypedResults.Ok(new IgnoreEventsResponse(matching, ignored.Count, EventChoice.Next(rows, matching)));
    }
}
