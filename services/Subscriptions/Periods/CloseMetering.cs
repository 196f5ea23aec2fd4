using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Closes the metering of every charged period at 02:00 UTC on the day it ends, so that reports of its last minutes count.</summary>
public static class CloseMetering
{
    /// <summary>Closes what is due at a time; how many periods.</summary>
    public static Task<int> Run(DueWork work, Database database, DateTimeOffset now, CancellationToken cancellation) => work.Run<PeriodRow>(
        SubscriptionSchedule.CloseMetering,
        """
        select p.subscription_id, p.start_at, p.end_at from periods p join subscriptions s on s.id = p.subscription_id
        where p.closed_at is null and p.charged and p.end_at <= @Until and s.ended_at is null and s.period_start >= p.end_at
            and p.subscription_id <> all(@Resting)
        order by p.end_at limit @Batch
        """,
        new() { ["Until"] = now - Subscription.MeteringClosesAfter }, period => period.SubscriptionId,
        period => Close(database, period, now, cancellation), cancellation);

    /// <summary>When the next period's metering closes (UTC).</summary>
    public static async Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) =>
        await database.QueryOne<DateTimeOffset?>(
            """
            select min(p.end_at) from periods p join subscriptions s on s.id = p.subscription_id
            where p.closed_at is null and p.charged and s.ended_at is null and s.status <> 'AwaitingPayment'
            """, null, cancellation) + Subscription.MeteringClosesAfter;

    // Two closers meet at the row lock; the second finds it closed.
    private static async Task Close(Database database, PeriodRow period, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await Subscription.Lock(transaction, period.SubscriptionId, cancellation);
        if (subscription is not { EndedAt: null } || await transaction.Execute(
            "update periods set closed_at = @now where subscription_id = @SubscriptionId and start_at = @StartAt and closed_at is null",
            new { now, period.SubscriptionId, period.StartAt }, cancellation) == 0)
        {
            return;
        }

        var next = await transaction.QueryOne<PeriodRow>(
            "select subscription_id, start_at, end_at from periods where subscription_id = @SubscriptionId and start_at = @EndAt", period, cancellation);
        await Closing.Announce(transaction, subscription, new("period", period.StartAt, period.EndAt, next!.StartAt, next.EndAt), now, cancellation);
        await transaction.Commit(cancellation);
    }

    private sealed record PeriodRow(string SubscriptionId, DateTimeOffset StartAt, DateTimeOffset EndAt);
}
