using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>The periods that began here after a subscription had ended at Stripe, of which was heard later: nothing is charged for their time. What was used in them counts in the period of the end,
/// as every call does that is made after an end.</summary>
internal static class PeriodsAfterEnd
{
    /// <summary>Undoes them: a locked subscription is in the period of the end then, or in its first one. What is closed was charged, and stays.</summary>
    public static async Task<Subscription> Undo(Transaction transaction, Subscription subscription, DateTimeOffset at, CancellationToken cancellation)
    {
        if (!subscription.IsRunning || subscription.PeriodStart < at)
        {
            return subscription;
        }

        var periods = await transaction.Query<Row>(
            "select start_at, end_at, charged from periods where subscription_id = @Id and charged order by start_at", subscription, cancellation);
        if ((periods.LastOrDefault(p => p.StartAt < at) ?? (periods is [var first, ..] ? first : null)) is not { } last || last.StartAt == subscription.PeriodStart)
        {
            return subscription;
        }

        await transaction.Execute(
            """
            with undone as (delete from periods where subscription_id = @Id and start_at > @StartAt and closed_at is null returning start_at),
            moved as (delete from usage u using undone p where u.subscription_id = @Id and u.period_start = p.start_at returning u.unit, u.api_id, u.day, u.gateway_id, u.quantity)
            insert into usage as u (subscription_id, period_start, period_end, charged, api_id, unit, day, gateway_id, quantity)
            select @Id, @StartAt, @EndAt, @Charged, api_id, unit, day, gateway_id, sum(quantity) from moved group by api_id, unit, day, gateway_id
            on conflict (subscription_id, period_start, unit, api_id, day, gateway_id) do update set quantity = u.quantity + excluded.quantity
            """, new { subscription.Id, last.StartAt, last.EndAt, last.Charged }, cancellation);
        return subscription with { PeriodIndex = subscription.PeriodIndex - periods.Count(p => p.StartAt > last.StartAt), PeriodStart = last.StartAt, PeriodEnd = last.EndAt };
    }

    private sealed record Row(DateTimeOffset StartAt, DateTimeOffset EndAt, bool Charged);
}
