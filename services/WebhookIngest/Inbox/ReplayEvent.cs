using Marketplace.ServiceDefaults;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Marketplace.WebhookIngest.Ingest;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Announces a stored event once more, whatever became of it. Handling is idempotent, so this is always safe.</summary>
public static class ReplayEvent
{
    /// <summary>202 with the event; 404 for strangers, 403 <c>role_missing</c>, 409 <c>event_still_parked</c> when what parked it still holds.
    /// Operators, and owners and admins of the integration's organization may.</summary>
    public static async Task<Results<Accepted<ListedEvent>, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var row = await transaction.QueryOne<StoredEvent>($"select {StoredEvent.Columns} where e.id = @id for update of e", new { id }, cancellation);
        if (ReadEvent.Refusal(caller, row?.OrganizationId, id) is { } refusal)
        {
            return refusal;
        }

        if (await row!.Announce(transaction, clock.GetUtcNow(), cancellation) is { } reason)
        {
            return Problems.StillParked(reason);
        }

        var replayed = await transaction.QueryOne<ListedEvent>($"select {ListedEvent.Columns} from webhook_events where id = @id", new { id }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Accepted($"/v1/webhook-events/{id}", replayed);
    }
}

/// <summary>An event as it was stored, beside what is known of its integration now.</summary>
internal sealed record StoredEvent
{
    public const string Columns =
        """
        e.id, e.integration_id, e.organization_id, e.body, e.received_at, i.account_id, i.livemode
        from webhook_events e left join webhook_endpoints i on i.integration_id = e.integration_id and not i.deleted
        """;

    public required string Id { get; init; }

    public required string IntegrationId { get; init; }

    public required string OrganizationId { get; init; }

    public required byte[] Body { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public string? AccountId { get; init; }

    public bool? Livemode { get; init; }

    /// <summary>Judges it again by what is known now, and announces it. Null when that was done, else the reason against it.</summary>
    public async Task<string?> Announce(Transaction transaction, DateTimeOffset now, CancellationToken cancellation)
    {
        if (AccountId is null || Livemode is null)
        {
            return "integration_unknown";
        }

        var facts = EventForm.Read(Body);
        var (state, reason) = WebhookEvent.Judge(facts, new Endpoint(IntegrationId, OrganizationId, AccountId, Livemode.Value));
        if (state != EventState.Announced)
        {
            return reason;
        }

        var announcement = Guid.CreateVersion7();
        await transaction.Execute(
            """
            update webhook_events set state = 'announced', reason = null, attempts = 1, next_attempt_at = @Next, answered_at = null, last_failure = null,
                announcement = @announcement, replays = replays + 1 where id = @Id
            """,
            new { Next = now + WebhookEvent.Wait(1), announcement, Id }, cancellation);
        await transaction.AnnounceAll([new Announcement<StripeEventReceived>(announcement, WebhookEvent.Announcement(IntegrationId, facts, ReceivedAt), null)], cancellation);
        return null;
    }
}
