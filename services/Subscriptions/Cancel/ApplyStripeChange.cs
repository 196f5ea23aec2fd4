using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Hears that somebody changed a subscription at Stripe, in its portal or its dashboard, and changes ours alike. An end counts from when it was there.</summary>
public sealed class ApplyStripeChange(SettlePayment payment, Database database, TimeProvider clock, Wakeups wakeups) : IConsumer<StripeSubscriptionChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeSubscriptionChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Where ours stands there already, or cannot go there, nothing changes.</summary>
    public async Task Handle(StripeSubscriptionChanged message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Subscription.Lock(transaction, message.SubscriptionId, cancellation) is not { } held)
        {
            return;
        }

        // Who ended it there wished to pay no more, also where another one has taken its place meanwhile; that it goes on after all concerns it alone.
        var now = clock.Now();
        var at = message.At < now ? message.At : now;
        var subscription = message.Change switch
        {
            "ended" => await EndPeriod.RollUntil(transaction, held, at, clock, cancellation),
            "ends_with_period" => await EndPeriod.RollLast(transaction, held, now, clock, cancellation),
            _ => await EndPeriod.Roll(transaction, held, now, clock, cancellation),
        };
        if (subscription.BillingModel != Subscription.RenewedAtStripe)
        {
            return;
        }

        subscription = message.Change == "ended" ? await PeriodsAfterEnd.Undo(transaction, subscription, at, cancellation) : subscription;
        var (happened, after) = message.Change switch
        {
            "ended" => (SubscriptionEvent.Cancelled, EndedAt(subscription, at, message.Reason == "payment_failed" ? "past_due" : "ended_at_stripe", now)),
            // Its grace is over: whoever leaves then leaves at once, whichever of the two came first.
            "ends_with_period" when subscription.Status == SubscriptionStatus.Suspended => (SubscriptionEvent.Cancelled, subscription.End(SubscriptionEvent.Cancelled, now, "past_due", atBoundary: false)),
            "ends_with_period" => (SubscriptionEvent.CancelledAtPeriodEnd, subscription.After(SubscriptionEvent.CancelledAtPeriodEnd)),
            _ => (SubscriptionEvent.Resumed, subscription.After(SubscriptionEvent.Resumed)),
        };
        if (after is not null)
        {
            await transaction.Save(subscription, after, new(happened, now, Note: "changed at Stripe"), clock, cancellation);
            // What goes on and still owes is past due again.
            await payment.Settle(transaction, after, cancellation);
        }

        await FeedPositions.Assign(transaction, [subscription.Id], [], cancellation);
        await transaction.Commit(cancellation);
        wakeups.Wake(SubscriptionSchedule.CloseEnded);
    }

    // What took another one's place since then ends as it began. Calls were let through until now, and are waited for from now on.
    private static Subscription? EndedAt(Subscription subscription, DateTimeOffset at, string reason, DateTimeOffset now)
    {
        at = at < subscription.PeriodStart ? subscription.PeriodStart.Value : at;
        var waited = now + Subscription.LongestSettling;
        return subscription.End(SubscriptionEvent.Cancelled, at, reason, atBoundary: at == subscription.PeriodEnd) is not { } ended ? null
            : ended with { FinalDue = ended.FinalDue < waited ? waited : ended.FinalDue };
    }
}
