using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Derives payment from invoices: the first one paid opens access, one past due starts the grace period, settling reopens.</summary>
public sealed class ApplyInvoice(Database database, TimeProvider clock, Wakeups wakeups) : IConsumer<InvoiceChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<InvoiceChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps a newer version and brings the subscription to where all its invoices put it; an older version changes nothing.</summary>
    public async Task Handle(InvoiceChanged message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        // What a replaced subscription owes is owed by the one that took its place.
        var subscription = await Lineage.LockLast(transaction, message.SubscriptionId, cancellation);
        var newer = await transaction.Execute(
            """
            insert into invoices as i (id, subscription_id, kind, status, number, hosted_invoice_url, total, currency, covers_from, due_at, paid_at, version)
            values (@InvoiceId, @SubscriptionId, @Kind, @Status, @Number, @HostedInvoiceUrl, @Total, @Currency, @CoversFrom, @DueAt, @PaidAt, @Version)
            on conflict (id) do update set status = excluded.status, number = excluded.number, hosted_invoice_url = excluded.hosted_invoice_url,
                total = excluded.total, covers_from = excluded.covers_from, due_at = excluded.due_at, paid_at = excluded.paid_at, version = excluded.version
            where i.version < excluded.version
            """, message, cancellation);
        if (newer == 1 && subscription is not null && await Settle(transaction, subscription, clock, cancellation))
        {
            await FeedPositions.Assign(transaction, [subscription.Id], [], cancellation);
        }

        await transaction.Commit(cancellation);
        wakeups.Wake(SubscriptionSchedule.EndGrace);
        wakeups.Wake(SubscriptionSchedule.EndPeriods);
    }

    /// <summary>Brings a locked subscription to where its invoices put it; whether that changed it.</summary>
    internal static async Task<bool> Settle(Transaction transaction, Subscription subscription, TimeProvider clock, CancellationToken cancellation)
    {
        var invoices = await transaction.Query<InvoiceState>(
            $"{Lineage.With} select i.kind, i.status, i.due_at, i.subscription_id = @Id as own from invoices i join lineage l on l.id = i.subscription_id", subscription, cancellation);
        var now = clock.Now();
        var before = subscription;
        while (PaymentState.Next(subscription, invoices, now) is { } step)
        {
            if (step.After.PeriodStart > subscription.PeriodStart && subscription.Status == SubscriptionStatus.AwaitingPayment)
            {
                // Its first period passed unpaid and unused; it starts anew.
                await transaction.Execute("delete from periods where subscription_id = @Id and start_at = @PeriodStart", subscription, cancellation);
            }

            await transaction.Save(subscription, step.After, new(step.Event, now), clock, cancellation);
            subscription = step.After;
        }

        return before != subscription;
    }
}
