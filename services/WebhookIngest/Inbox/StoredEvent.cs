using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Marketplace.WebhookIngest.Ingest;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>An event as it was stored, beside what is known of its integration now.</summary>
internal sealed record StoredEvent
{
    // The body only of what could not be read when it came.
    public const string Columns =
        """
        e.id, e.integration_id, e.organization_id, e.event_id, e.type, e.object_type, e.object_id, e.api_version, e.livemode, e.account, e.state, e.reason, e.attempts, e.replays,
        e.received_at, case when e.type is null then e.body end as body, i.account_id as integration_account, i.livemode as integration_livemode
        from webhook_events e left join webhook_endpoints i on i.integration_id = e.integration_id and not i.deleted
        """;

    public required string Id { get; init; }

    public required string IntegrationId { get; init; }

    public required string OrganizationId { get; init; }

    public required string EventId { get; init; }

    public string? Type { get; init; }

    public string? ObjectType { get; init; }

    public string? ObjectId { get; init; }

    public string? ApiVersion { get; init; }

    public bool? Livemode { get; init; }

    public string? Account { get; init; }

    public required string State { get; init; }

    public string? Reason { get; init; }

    public required int Attempts { get; init; }

    public required int Replays { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public byte[]? Body { get; init; }

    public string? IntegrationAccount { get; init; }

    public bool? IntegrationLivemode { get; init; }

    /// <summary>What is read of it now. It keeps the id under which it was stored.</summary>
    private EventFacts Facts => Body is null
        ? new(EventId, true, Type, ObjectType, ObjectId, ApiVersion, Livemode, Account)
        : EventForm.Read(Body) with { EventId = EventId };

    /// <summary>Judges events again by what is known now and queues the announcements of those that are fit for it, in the caller's transaction.
    /// Returns the reason against each of the others. Attempts are counted anew.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> Announce(
        Transaction transaction, IReadOnlyList<StoredEvent> events, DateTimeOffset now, CancellationToken cancellation)
    {
        var judged = events.Select(stored => (Stored: stored, stored.Facts, Against: stored.ReasonAgainst(stored.Facts))).ToList();
        var fit = judged.Where(j => j.Against is null).Select(j => (j.Stored, j.Facts, Announcement: Guid.CreateVersion7())).ToList();
        await transaction.Execute(
            """
            update webhook_events e set state = 'announced', reason = null, last_failure = null, attempts = 1, next_attempt_at = @Next, answered_at = null,
                announcement = fit.announcement, replays = e.replays + 1,
                type = fit.type, object_type = fit.object_type, object_id = fit.object_id, api_version = fit.api_version, livemode = fit.livemode
            from unnest(@Ids, @Announcements, @Types, @ObjectTypes, @ObjectIds, @ApiVersions, @Livemodes)
                as fit (id, announcement, type, object_type, object_id, api_version, livemode)
            where e.id = fit.id
            """,
            new
            {
                Next = now + WebhookEvent.Wait(1), Ids = fit.Select(f => f.Stored.Id).ToArray(), Announcements = fit.Select(f => f.Announcement).ToArray(),
                Types = fit.Select(f => f.Facts.Type).ToArray(), ObjectTypes = fit.Select(f => f.Facts.ObjectType).ToArray(), ObjectIds = fit.Select(f => f.Facts.ObjectId).ToArray(),
                ApiVersions = fit.Select(f => f.Facts.ApiVersion).ToArray(), Livemodes = fit.Select(f => f.Facts.Livemode).ToArray(),
            }, cancellation);
        await transaction.AnnounceAll(
            [.. fit.Select(f => new Announcement<StripeEventReceived>(f.Announcement, WebhookEvent.Announcement(f.Stored.IntegrationId, f.Facts, f.Stored.ReceivedAt, f.Stored.Replays + 1), null))], cancellation);
        Measures.Replayed(fit.Count);
        return judged.Where(j => j.Against is not null).ToDictionary(j => j.Stored.Id, j => j.Against!, StringComparer.Ordinal);
    }

    /// <summary>Closes those of them that are parked, locked by the caller, and returns them. Each keeps the reason that parked it.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> Ignore(Transaction transaction, IReadOnlyList<StoredEvent> events, CancellationToken cancellation)
    {
        List<StoredEvent> parked = [.. events.Where(stored => stored.State == EventState.Parked)];
        await transaction.Execute("update webhook_events set state = 'ignored' where id = any(@Ids)", new { Ids = parked.Select(stored => stored.Id).ToArray() }, cancellation);
        return parked;
    }

    private string? ReasonAgainst(EventFacts facts) =>
        IntegrationAccount is null || IntegrationLivemode is null ? "integration_unknown"
        : WebhookEvent.Judge(facts, new(IntegrationId, OrganizationId, IntegrationAccount, IntegrationLivemode.Value), byHand: true) is var (state, reason) && state != EventState.Announced ? reason
        : null;
}
