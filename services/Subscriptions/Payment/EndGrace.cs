using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends grace periods: access stops, and where the plan says so the subscription with it.</summary>
public static class EndGrace
{
    /// <summary>Handles what is due at a time; how many.</summary>
    public static Task<int> Run(DueWork work, Database database, TimeProvider clock, DateTimeOffset now, CancellationToken cancellation) => work.Run<string>(
        SubscriptionSchedule.EndGrace,
        """
        select id from subscriptions where grace_until <= @now and status in ('AwaitingPayment', 'PastDue', 'Cancelling') and id <> all(@Resting)
        order by grace_until limit @Batch
        """,
        new() { ["now"] = now }, id => id,
        async id =>
        {
            await using var transaction = await database.Begin(cancellation);
            if (await Subscription.Lock(transaction, id, cancellation) is { } subscription && subscription.GraceUntil <= now
                && Decide(subscription) is { } step)
            {
                await transaction.Save(subscription, step.After, new(step.Event, now, Note: "unpaid"), clock, cancellation);
                await FeedPositions.Assign(transaction, [id], [], cancellation);
                await transaction.Commit(cancellation);
            }
        }, cancellation);

    /// <summary>When the next grace period ends (UTC).</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        "select min(grace_until) from subscriptions where grace_until is not null and status in ('AwaitingPayment', 'PastDue', 'Cancelling')", null, cancellation);

    // Whoever was leaving anyway leaves now: at the end of its grace, or at the start of a period that has begun since.
    private static (SubscriptionEvent Event, Subscription After)? Decide(Subscription subscription)
    {
        var happened = subscription.Plan.CancelWhenPastDue || subscription.Status == SubscriptionStatus.Cancelling
            ? SubscriptionEvent.Cancelled
            : SubscriptionEvent.GraceEnded;
        var end = subscription.PeriodStart > subscription.GraceUntil ? subscription.PeriodStart.Value : subscription.GraceUntil!.Value;
        var after = happened == SubscriptionEvent.Cancelled
            ? subscription.End(happened, end, "past_due", atBoundary: false)
            : subscription.After(happened);
        return after is null ? null : (happened, after);
    }
}
