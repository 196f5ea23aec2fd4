using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Closes a parked event of which nothing is to come, such as one of the other mode: it waits for nobody any more, and is deleted like every closed one.</summary>
public static class IgnoreEvent
{
    /// <summary>200 with the event, <c>ignored</c> for the reason that parked it; a replay takes it up again. 404 for strangers, 403 <c>role_missing</c>, 409
    /// <c>event_not_parked</c>. Operators, and owners and admins of the integration's organization may.</summary>
    public static async Task<Results<Ok<ListedEvent>, ProblemHttpResult>> Handle(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var stored = await transaction.QueryOne<StoredEvent>($"select {StoredEvent.Columns} where e.id = @id for update of e", new { id }, cancellation);
        if (ReadEvent.Refusal(caller, stored?.OrganizationId, id) is { } refusal)
        {
            return refusal;
        }

        if ((await StoredEvent.Ignore(transaction, [stored!], cancellation)).Count == 0)
        {
            return Problems.NotParked(stored!.State);
        }

        await transaction.Record(
            caller, "webhook_event.ignored", stored!.OrganizationId, id, new { stored.State, stored.Reason, stored.Attempts }, new { State = EventState.Ignored, stored.Reason }, cancellation);
        var ignored = await transaction.QueryOne<ListedEvent>($"select {ListedEvent.Columns} from webhook_events e where e.id = @id", new { id }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(ignored);
    }
}
