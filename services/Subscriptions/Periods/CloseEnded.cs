using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>The last closures of subscriptions that ended: one when the gateways have settled, and one a day for usage that comes later still.</summary>
public static class CloseEnded
{
    /// <summary>A gateway that was not seen for so long is not waited for; its usage will be late.</summary>
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(60);

    /// <summary>Sends the final closures that are due at a time; how many.</summary>
    public static Task<int> Final(DueWork work, Database database, DateTimeOffset now, CancellationToken cancellation) => work.Run<string>(
        SubscriptionSchedule.CloseEnded,
        """
        select id from subscriptions s
        where id <> all(@Resting) and final_due is not null and (final_due <= @now or (final_early and not exists (
            select 1 from gateways g where g.last_seen > now() - @Alive and (g.settled_through is null or g.settled_through <= s.final_due - @Settling))))
        order by final_due limit @Batch
        """,
        new() { ["now"] = now, ["Alive"] = Alive, ["Settling"] = Subscription.LongestSettling }, id => id, id => Close(database, id, "final", now, cancellation), cancellation);

    /// <summary>Sends closures for usage that came after the final one; how many.</summary>
    public static Task<int> Late(DueWork work, Database database, DateTimeOffset now, CancellationToken cancellation) => work.Run<string>(
        SubscriptionSchedule.CloseLate,
        "select id from subscriptions where late_usage_due <= @now and final_due is null and id <> all(@Resting) order by late_usage_due limit @Batch",
        new() { ["now"] = now }, id => id, id => Close(database, id, "late", now, cancellation), cancellation);

    /// <summary>When the next final closure is due at the latest (UTC).</summary>
    public static Task<DateTimeOffset?> NextFinalDue(Database database, CancellationToken cancellation) =>
        database.QueryOne<DateTimeOffset?>("select min(final_due) from subscriptions where final_due is not null", null, cancellation);

    /// <summary>When late usage is billed next (UTC).</summary>
    public static Task<DateTimeOffset?> NextLateDue(Database database, CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        "select min(late_usage_due) from subscriptions where late_usage_due is not null and final_due is null", null, cancellation);

    private static async Task Close(Database database, string id, string kind, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await Subscription.Lock(transaction, id, cancellation);
        if (subscription is null || await transaction.Execute(
            kind == "final"
                ? "update subscriptions set final_due = null, late_usage_due = null where id = @id and final_due is not null"
                : "update subscriptions set late_usage_due = null where id = @id and final_due is null and late_usage_due is not null",
            new { id }, cancellation) == 0)
        {
            return;
        }

        var open = await transaction.Query<MeteredSpan>(
            """
            with closed as (update periods set closed_at = @now where subscription_id = @id and charged and closed_at is null returning start_at, end_at)
            select start_at as start, end_at as "end" from closed order by start_at
            """, new { now, id }, cancellation);
        // A late closure is of no period but that of its entries: it has a place of its own after the end. So has the final one where the end was heard of when its period was closed.
        var isClosed = await transaction.QueryOne<bool>("select exists (select from closures where subscription_id = @Id and period_start = @PeriodStart)", subscription, cancellation);
        var period = kind == "final" && !isClosed
            ? new ClosedPeriod(kind, subscription.PeriodStart!.Value, subscription.PeriodEnd!.Value, null, null, [.. open.Where(o => o.Start < subscription.PeriodStart)], Closing.BasePricesDue(subscription, open))
            : new ClosedPeriod(kind, now, now, null, null);
        await Closing.Announce(transaction, subscription, period, now, cancellation);
        await transaction.Commit(cancellation);
    }
}
