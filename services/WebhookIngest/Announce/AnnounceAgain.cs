using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;

namespace Marketplace.WebhookIngest.Announce;

/// <summary>Repeats announcements that nobody answered: whatever happened to the broker or to Invoicing, what was acknowledged to Stripe is not forgotten. One that the broker has not taken yet is
/// neither repeated nor given up: its outbox row tells it once the broker is back.</summary>
public static class AnnounceAgain
{
    private const int BatchSize = 100;

    /// <summary>When what is not sent yet is looked at again.</summary>
    private static readonly TimeSpan Unsent = TimeSpan.FromMinutes(5);

    /// <summary>Announces a batch of events that are due again; parks the ones that were announced often enough. How many it looked at.</summary>
    public static async Task<int> Run(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await services.GetRequiredService<Database>().Begin(cancellation);
        var due = await transaction.Query<Row>(
            """
            select id, integration_id, event_id, type, object_type, object_id, livemode, received_at, attempts, replays, last_failure,
                exists (select from outbox o where o.id = e.announcement) as is_unsent
            from webhook_events e
            where state = 'announced' and next_attempt_at <= @now order by next_attempt_at limit @BatchSize for update of e skip locked
            """, new { now, BatchSize }, cancellation);
        await transaction.Execute(
            "update webhook_events set next_attempt_at = @Next where id = any(@Ids)", new { Next = now + Unsent, Ids = due.Where(row => row.IsUnsent).Select(row => row.Id).ToArray() }, cancellation);
        var sent = due.Where(row => !row.IsUnsent).ToList();
        var parked = sent.Where(row => row.Attempts >= WebhookEvent.MaxAttempts).ToList();
        var again = sent.Where(row => row.Attempts < WebhookEvent.MaxAttempts).Select(row => (Row: row, Announcement: Guid.CreateVersion7())).ToList();
        await transaction.Execute(
            """
            update webhook_events e set state = 'parked', reason = parked.reason, next_attempt_at = null
            from unnest(@Ids, @Reasons) as parked (id, reason) where e.id = parked.id
            """,
            new { Ids = parked.Select(row => row.Id).ToArray(), Reasons = parked.Select(row => WebhookEvent.GivenUp(row.LastFailure)).ToArray() }, cancellation);
        await transaction.Execute(
            """
            update webhook_events e set attempts = attempts + 1, next_attempt_at = again.next, announcement = again.announcement
            from unnest(@Ids, @Nexts, @Announcements) as again (id, next, announcement) where e.id = again.id
            """,
            new
            {
                Ids = again.Select(a => a.Row.Id).ToArray(), Nexts = again.Select(a => now + WebhookEvent.Wait(a.Row.Attempts + 1)).ToArray(),
                Announcements = again.Select(a => a.Announcement).ToArray(),
            }, cancellation);
        await transaction.AnnounceAll([.. again.Select(a => new Announcement<StripeEventReceived>(a.Announcement, a.Row.Event, null))], cancellation);
        await transaction.Commit(cancellation);
        Measures.AnnouncedAgain(again.Count);
        parked.ForEach(row => Measures.Parked(WebhookEvent.GivenUp(row.LastFailure)));
        return due.Count;
    }

    /// <summary>When the next event is due again.</summary>
    public static Task<DateTimeOffset?> NextDue(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<Database>().QueryOne<DateTimeOffset?>("select min(next_attempt_at) from webhook_events where state = 'announced'", null, cancellation);

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string IntegrationId { get; init; }

        public required string EventId { get; init; }

        public required string Type { get; init; }

        public required string ObjectType { get; init; }

        public required string ObjectId { get; init; }

        public required bool Livemode { get; init; }

        public required DateTimeOffset ReceivedAt { get; init; }

        public required int Attempts { get; init; }

        public required int Replays { get; init; }

        public string? LastFailure { get; init; }

        public required bool IsUnsent { get; init; }

        public StripeEventReceived Event => new(IntegrationId, EventId, Type, ObjectType, ObjectId, Livemode, ReceivedAt, Replay: Replays);
    }
}
