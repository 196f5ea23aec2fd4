using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;

namespace Marketplace.WebhookIngest.Announce;

/// <summary>Repeats announcements that nobody answered: whatever happened to the broker or to Invoicing, what was acknowledged to Stripe is not forgotten.</summary>
public static class AnnounceAgain
{
    private const int BatchSize = 100;

    /// <summary>Announces a batch of events that are due again; parks the ones that were announced often enough. How many it took.</summary>
    public static async Task<int> Run(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await services.GetRequiredService<Database>().Begin(cancellation);
        var due = await transaction.Query<Row>(
            """
            select id, integration_id, event_id, type, object_type, object_id, livemode, received_at, attempts from webhook_events
            where state = 'announced' and next_attempt_at <= @now order by next_attempt_at limit @BatchSize for update skip locked
            """, new { now, BatchSize }, cancellation);
        foreach (var row in due)
        {
            if (row.Attempts >= WebhookEvent.MaxAttempts)
            {
                await transaction.Execute("update webhook_events set state = 'parked', reason = 'unanswered', next_attempt_at = null where id = @Id", row, cancellation);
                continue;
            }

            await transaction.Announce(
                new StripeEventReceived(row.IntegrationId, row.EventId, row.Type, row.ObjectType, row.ObjectId, row.Livemode, row.ReceivedAt), cancellation);
            await transaction.Execute(
                "update webhook_events set attempts = attempts + 1, next_attempt_at = @Next where id = @Id",
                new { Next = now + WebhookEvent.Wait(row.Attempts + 1), row.Id }, cancellation);
        }

        await transaction.Commit(cancellation);
        var again = due.Count(row => row.Attempts < WebhookEvent.MaxAttempts);
        Measures.AnnouncedAgain(again);
        for (var parked = due.Count - again; parked > 0; parked--)
        {
            Measures.Parked("unanswered");
        }

        return due.Count;
    }

    /// <summary>When the next event is due again.</summary>
    public static Task<DateTimeOffset?> NextDue(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<Database>().QueryOne<DateTimeOffset?>("select min(next_attempt_at) from webhook_events where state = 'announced'", null, cancellation);

    private sealed record Row(
        string Id, string IntegrationId, string EventId, string Type, string ObjectType, string ObjectId, bool Livemode, DateTimeOffset ReceivedAt, int Attempts);
}
