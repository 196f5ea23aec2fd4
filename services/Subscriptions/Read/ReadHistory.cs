using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>What happened to a subscription, oldest first.</summary>
public sealed record SubscriptionHistoryAnswer(IReadOnlyList<HistoryEntryAnswer> Data);

/// <summary>One change of status.</summary>
/// <param name="Event">What happened, such as <c>first_payment</c>.</param>
/// <param name="Actor">The user who did it; null for the system.</param>
public sealed record HistoryEntryAnswer(
    DateTimeOffset At, SubscriptionEvent Event, SubscriptionStatus? FromStatus, SubscriptionStatus ToStatus, string? Actor, string? Reason);

/// <summary>Reads a subscription's history: whoever may read the subscription.</summary>
public static class ReadHistory
{
    /// <summary>Every change of status since it was asked for.</summary>
    public static async Task<Results<Ok<SubscriptionHistoryAnswer>, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, CancellationToken cancellation) =>
        await ReadSubscriptions.Visible(id, caller, database, cancellation) is null
            ? Problem.NotFound("subscription", id)
            : TypedResults.Ok(new SubscriptionHistoryAnswer(await database.Query<HistoryEntryAnswer>(
                "select at, event, from_status, to_status, actor, reason from subscription_history where subscription_id = @id order by number",
                new { id }, cancellation)));
}
