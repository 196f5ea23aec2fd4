using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends grace periods: access stops, and where the plan says so the subscription with it.</summary>
public static class EndGrace
{
    private const int Batch = 50;

    /// <summary>Handles what is due at a time; how many.</summary>
    public static async Task<int> Run(Database database, TimeProvider clock, DateTimeOffset now, CancellationToken cancellation)
    {
        var due = await database.Query<string>(
            "select id from subscriptions where grace_until <= @now and status in ('PastDue', 'Cancelling') order by grace_until limit @Batch", new { now, Batch }, cancellation);
        foreach (var id in due)
        {
            await using var transaction = await database.Begin(cancellation);
            if (await Subscription.Lock(transaction, id, cancellation) is { } subscription && subscription.GraceUntil <= now
                && Decide(subscription) is { } step)
            {
                await transaction.Save(subscription, step.After, new(step.Event, now, Note: "unpaid"), clock, cancellation);
                await FeedPositions.Assign(transaction, [id], [], cancellation);
                await transaction.Commit(cancellation);
            }
        }

        return due.Count;
    }

    /// <summary>When the next grace period ends (UTC).</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        "select min(grace_until) from subscriptions where grace_until is not null and status in ('PastDue', 'Cancelling')", null, cancellation);

    // Whoever was leaving anyway leaves now.
    private static (SubscriptionEvent Event, Subscription After)? Decide(Subscription subscription)
    {
        var happened = subscription.Plan.CancelWhenPastDue || subscription.Status == SubscriptionStatus.Cancelling
            ? SubscriptionEvent.Cancelled
            : SubscriptionEvent.GraceEnded;
        var after = happened == SubscriptionEvent.Cancelled
            ? subscription.End(happened, subscription.GraceUntil!.Value, "past_due", atBoundary: false)
            : subscription.After(happened);
        return after is null ? null : (happened, after);
    }
}
