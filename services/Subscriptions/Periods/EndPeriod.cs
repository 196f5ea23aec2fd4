using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What the end of a period brings: the next period, the first invoice after a trial, the end of a term or of a cancelled subscription.</summary>
public static class EndPeriod
{
    /// <summary>Handles what is due at a time; how many.</summary>
    public static async Task<int> Run(DueWork work, Database database, TimeProvider clock, Wakeups wakeups, DateTimeOffset now, CancellationToken cancellation)
    {
        var done = await work.Run<string>(
            SubscriptionSchedule.EndPeriods,
            """
            select id from subscriptions where period_end <= @now and status in ('Trialing', 'Active', 'PastDue', 'Suspended', 'Cancelling')
                and id <> all(@Resting)
            order by period_end limit @Batch
            """,
            new() { ["now"] = now }, id => id,
            async id =>
            {
                await using var transaction = await database.Begin(cancellation);
                if (await Subscription.Lock(transaction, id, cancellation) is { } subscription)
                {
                    await Roll(transaction, subscription, now, clock, cancellation);
                    await FeedPositions.Assign(transaction, [id], [], cancellation);
                    await transaction.Commit(cancellation);
                }
            }, cancellation);
        if (done > 0)
        {
            wakeups.Wake(SubscriptionSchedule.CloseMetering);
        }

        return done;
    }

    /// <summary>When the next period ends (UTC).</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) => database.QueryOne<DateTimeOffset?>(
        "select min(period_end) from subscriptions where status in ('Trialing', 'Active', 'PastDue', 'Suspended', 'Cancelling')", null, cancellation);

    /// <summary>Brings a locked subscription over every boundary up to a time, so that what follows decides on the current period. A plan change that waited
    /// for a boundary ends it there; the one that took its place has boundaries of its own.</summary>
    public static async Task<Subscription> Roll(
        Transaction transaction, Subscription subscription, DateTimeOffset now, TimeProvider clock, CancellationToken cancellation)
    {
        while (subscription.IsRunning && subscription.PeriodEnd is { } end && end <= now)
        {
            if (await AtBoundary.Change(transaction, subscription, end, clock, cancellation) is { } changed)
            {
                return changed;
            }

            var (happened, after) = Next(subscription, end);
            if (happened == SubscriptionEvent.TrialEnded)
            {
                // Where another currency binds its organization, it can never be billed; nor may it hold up whatever else is to happen to it.
                (happened, after) = await BillingCurrency.Conflict(
                    transaction, after.BillingIntegrationId, after.OrganizationId, after.Plan, keep: true, now, cancellation) is null
                    ? (happened, await Approval.Bill(transaction, after, now, cancellation))
                    : (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, end, "currency_locked", atBoundary: true)!);
            }

            await transaction.Save(subscription, after, new(happened, end), clock, cancellation);
            subscription = after;
        }

        return subscription;
    }

    /// <summary>The same for whoever ends it: where a plan change has put another one in its place, at one of these boundaries or before, that one is held and brought up to the time.</summary>
    public static async Task<Subscription> RollLast(
        Transaction transaction, Subscription subscription, DateTimeOffset now, TimeProvider clock, CancellationToken cancellation)
    {
        var last = await Roll(transaction, subscription, now, clock, cancellation);
        while (last.MigratedTo is { } next)
        {
            last = await Roll(transaction, (await Subscription.Lock(transaction, next, cancellation))!, now, clock, cancellation);
        }

        return last;
    }

    /// <summary>The same for one that ended elsewhere at a time: it stays in the period that ends then, unless it ends with that by itself.</summary>
    public static async Task<Subscription> RollUntil(
        Transaction transaction, Subscription subscription, DateTimeOffset at, TimeProvider clock, CancellationToken cancellation)
    {
        var last = await RollLast(transaction, subscription, at.AddTicks(-1), clock, cancellation);
        return last.Status == SubscriptionStatus.Cancelling || last.IsInLastPeriod ? await Roll(transaction, last, at, clock, cancellation) : last;
    }

    // A new period without a change of status leaves no line in the history; its event is never shown.
    private static (SubscriptionEvent Event, Subscription After) Next(Subscription subscription, DateTimeOffset end)
    {
        if (subscription.Status == SubscriptionStatus.Cancelling)
        {
            return (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, end, "requested", atBoundary: true)!);
        }

        if (subscription.Status == SubscriptionStatus.Trialing)
        {
            return (SubscriptionEvent.TrialEnded, subscription.After(SubscriptionEvent.TrialEnded)!.FirstPeriodFrom(end));
        }

        if (subscription.IsInLastPeriod)
        {
            return (SubscriptionEvent.TermEnded, subscription.End(SubscriptionEvent.TermEnded, end, "term_over", atBoundary: true)!);
        }

        var index = subscription.PeriodIndex + 1;
        var (start, next) = subscription.CalendarFrom(subscription.Anchor!.Value).Period(index);
        return (SubscriptionEvent.Settled, subscription with { PeriodIndex = index, PeriodStart = start, PeriodEnd = next });
    }
}
