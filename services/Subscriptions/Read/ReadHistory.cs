using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>One change of status.</summary>
/// <param name="Event">What happened, such as <c>first_payment</c>.</param>
/// <param name="Actor">The user who did it; null for the system.</param>
public sealed record HistoryEntryAnswer(
    DateTimeOffset At, SubscriptionEvent Event, SubscriptionStatus? FromStatus, SubscriptionStatus ToStatus, string? Actor, string? Reason);

/// <summary>Reads a subscription's history: whoever may read the subscription.</summary>
public static class ReadHistory
{
    // Numbers are digits of one length, as texts of ids are: 20 of them hold every bigint.
    private const string Place = "lpad(number::text, 20, '0')";

    /// <summary>A page of every change of status since it was asked for, newest first.</summary>
    public static async Task<Results<Ok<Page<HistoryEntryAnswer>>, ProblemHttpResult>> Handle(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (await ReadSubscriptions.Visible(id, caller, database, cancellation) is null)
        {
            return Problem.NotFound("subscription", id);
        }

        var rows = await database.Query<Row>(
            $"""
            select at, event, from_status, to_status, actor, reason, {Place} as place from subscription_history
            where subscription_id = @id and {Place} < @After order by number desc limit @Take
            """, new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, row => row.Place)
            .Select(row => new HistoryEntryAnswer(row.At, row.Event, row.FromStatus, row.ToStatus, row.Actor, row.Reason)));
    }

    private sealed record Row(
        DateTimeOffset At, SubscriptionEvent Event, SubscriptionStatus? FromStatus, SubscriptionStatus ToStatus, string? Actor, string? Reason, string Place);
}
