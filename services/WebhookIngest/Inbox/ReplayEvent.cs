using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Queues a stored event to be announced once more, whatever became of it. Handling is idempotent, so this is always safe.</summary>
public static class ReplayEvent
{
    /// <summary>202 with the event, <c>received</c>: its state tells when it is handled. 404 for strangers, 403 <c>role_missing</c>, 409
    /// <c>event_still_parked</c> when what parked it still holds; that its version is unknown does not: what it is about is fetched. Operators, and owners and admins of the integration's organization may.</summary>
    public static async Task<Results<Accepted<ListedEvent>, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var stored = await transaction.QueryOne<StoredEvent>($"select {StoredEvent.Columns} where e.id = @id for update of e", new { id }, cancellation);
        if (ReadEvent.Refusal(caller, stored?.OrganizationId, id) is { } refusal)
        {
            return refusal;
        }

        if ((await StoredEvent.Announce(transaction, [stored!], clock.GetUtcNow(), cancellation)).TryGetValue(id, out var reason))
        {
            return Problems.StillParked(reason);
        }

        await transaction.Record(
            caller, "webhook_event.replayed", stored!.OrganizationId, id, new { stored.State, stored.Reason, stored.Attempts }, new { State = EventState.Received }, cancellation);
        var replayed = await transaction.QueryOne<ListedEvent>($"select {ListedEvent.Columns} from webhook_events e where e.id = @id", new { id }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Accepted($"/v1/webhook-events/{id}", replayed);
    }
}
