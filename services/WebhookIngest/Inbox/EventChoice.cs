using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Which stored events one request changes, oldest first.</summary>
/// <param name="After">The last event of the request before, to go on after it.</param>
/// <param name="Limit">At most so many at once.</param>
internal sealed record EventChoice(EventSearch Search, string? After, int Limit)
{
    // Beyond these nobody counts on.
    private const int Most = 10_000;

    /// <summary>How many events are meant, those of this request included; or why nothing is done: more than one request may mean, or other than were confirmed.</summary>
    /// <param name="confirmed">How many the caller means; null while it only asks.</param>
    /// <param name="tooLarge">The refusal of more than so many.</param>
    /// <param name="changed">The refusal where so many are meant now.</param>
    public async Task<(long Matching, ProblemHttpResult? Refusal)> Count(
        Transaction transaction, Caller caller, long? confirmed, Func<int, ProblemHttpResult> tooLarge, Func<long, ProblemHttpResult> changed, CancellationToken cancellation)
    {
        var matching = await transaction.QueryOne<long>(
            $"select count(*) from (select 1 from webhook_events e where {EventSearch.Filter} and e.id > @After limit @Take) matching",
            Search.Parameters(caller, After ?? "", Most + 1), cancellation);
        return (matching, matching > Most ? tooLarge(Most) : confirmed is { } meant && meant != matching ? changed(matching) : null);
    }

    /// <summary>Locks those whose turn it is, in the order in which deliveries are counted, so that the two never lock each other out.</summary>
    public Task<IReadOnlyList<StoredEvent>> Lock(Transaction transaction, Caller caller, CancellationToken cancellation) => transaction.Query<StoredEvent>(
        $"""
        select {StoredEvent.Columns}
        join (select e.id from webhook_events e where {EventSearch.Filter} and e.id > @After order by e.id limit @Take) chosen on chosen.id = e.id
        order by e.event_id, e.integration_id for update of e
        """, Search.Parameters(caller, After ?? "", Limit), cancellation);

    /// <summary>Where to go on after these; null when nothing is left.</summary>
    public static string? Next(IReadOnlyList<StoredEvent> locked, long matching) => locked.Count < matching ? locked.Max(row => row.Id) : null;
}
