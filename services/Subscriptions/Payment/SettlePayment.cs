using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Brings subscriptions to where their invoices and disputes put them.</summary>
public sealed class SettlePayment(PaymentRules rules, TimeProvider clock, Wakeups wakeups)
{
    /// <summary>Settles a subscription that something was heard of, or the one that took its place, and gives it its place in the feed; only commit after it.</summary>
    /// <returns>It as it is then.</returns>
    internal async Task<Subscription?> Of(Transaction transaction, Subscription? subscription, CancellationToken cancellation)
    {
        var settled = subscription is null ? null : await Settle(transaction, subscription, cancellation);
        if (settled is not null && settled != subscription)
        {
            await FeedPositions.Assign(transaction, [settled.Id], [], cancellation);
        }

        return settled;
    }

    /// <summary>After the commit: wakes the timers by which what was settled is due at once, and no others, because each of them asks the database.</summary>
    internal void Wake(params IReadOnlyCollection<Subscription?> settled)
    {
        var now = clock.Now();
        foreach (var (timer, isDue) in Timers)
        {
            if (settled.Any(subscription => subscription is not null && isDue(subscription, now)))
            {
                wakeups.Wake(timer);
            }
        }
    }

    /// <summary>Brings a locked subscription to where its payments put it: as it is then.</summary>
    internal async Task<Subscription> Settle(Transaction transaction, Subscription subscription, CancellationToken cancellation)
    {
        var facts = await Facts(transaction, subscription, cancellation);
        var now = clock.Now();
        while (PaymentState.Next(subscription, facts, rules, now) is { } step)
        {
            if (step.After.PeriodStart != subscription.PeriodStart && subscription.Status == SubscriptionStatus.AwaitingPayment)
            {
                // Its first period was neither paid nor used; it starts anew.
                await transaction.Execute("delete from periods where subscription_id = @Id and start_at = @PeriodStart", subscription, cancellation);

                // Stripe counts in whole seconds, and its clock is its own: what it charges may begin within the last moment of the trial, which then ends there.
                await transaction.Execute(
                    "update periods set end_at = @PeriodStart where subscription_id = @Id and start_at < @PeriodStart and end_at > @PeriodStart",
                    new { subscription.Id, step.After.PeriodStart }, cancellation);
            }

            var note = step.After.HeldFor == subscription.HeldFor ? null : step.After.HeldFor ?? subscription.HeldFor;
            await transaction.Save(subscription, step.After, new(step.Event, now, Note: note), clock, cancellation);
            subscription = step.After;
        }

        return subscription;
    }

    private static readonly (string Timer, Func<Subscription, DateTimeOffset, bool> IsDue)[] Timers =
    [
        (SubscriptionSchedule.EndGrace, (subscription, now) => subscription.GraceUntil <= now),
        (SubscriptionSchedule.EndPeriods, (subscription, now) => subscription.PeriodEnd <= now),
        (SubscriptionSchedule.CloseEnded, (subscription, _) => subscription.FinalDue is not null),
    ];

    // What concerns a subscription that was replaced concerns the one that took its place, and what one that is over left behind the one that follows it.
    private static async Task<PaymentFacts> Facts(Transaction transaction, Subscription subscription, CancellationToken cancellation)
    {
        var asked = new { subscription.Id, subscription.IsPaid };
        // A first invoice that was paid after its time pays for the time from then on.
        var invoices = await transaction.Query<InvoiceState>(
            $"""
            {Lineage.WithLeft} select i.subscription_id, l.since, l.left_before is not null as is_left, i.kind, i.status, i.due_at, i.covers_from, i.billing_model, i.total, i.amount_refunded as refunded, i.taken_back,
                coalesce(i.amount_paid, i.total) as paid, coalesce(i.settled, greatest(0, least(i.amount_paid, i.total))) as settled,
                case when i.kind = 'change' and replaced.plan -> 'price' ->> 'model' not in ('free', 'custom') then replaced.id end as replaces,
                case when i.kind = 'initial' and s.activated_at >= i.covers_to
                    then s.activated_at + age(i.covers_to at time zone 'UTC', i.covers_from at time zone 'UTC') else i.covers_to end as covers_to
            from invoices i join lineage l on l.id = i.subscription_id join subscriptions s on s.id = l.id left join subscriptions replaced on replaced.id = s.migrated_from
            """, asked, cancellation);
        // Whoever approved it although a dispute was lost knew of that.
        var disputes = await transaction.Query<DisputeState>(
            $"""
            {Lineage.WithLeft} select d.outcome, d.subscription_id = @Id as own from disputes d join lineage l on l.id = d.subscription_id
            where l.left_before is null or d.outcome is null or d.decision_heard_at > l.left_before
            """, asked, cancellation);
        var days = await transaction.QueryOne<int?>(
            "select days from grace_periods where provider_organization_id = @ProviderOrganizationId and organization_id = @OrganizationId", subscription, cancellation);
        return new(invoices, disputes, days ?? subscription.Plan.GraceDays, subscription.IsPaid);
    }
}
