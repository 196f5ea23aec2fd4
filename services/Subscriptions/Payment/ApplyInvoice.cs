using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Derives payment from invoices: the first one paid opens access, one past due starts the grace period, settling reopens.</summary>
public sealed class ApplyInvoice(SettlePayment payment, Database database) : IConsumer<InvoiceChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<InvoiceChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps a newer version and brings the subscription to where all its invoices put it; an older version changes nothing.</summary>
    public async Task Handle(InvoiceChanged message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        // What a subscription owes that was replaced, or is over, is owed by the one that came after it.
        var subscription = await Lineage.LockAnswering(transaction, message.SubscriptionId, cancellation);
        var newer = await transaction.Execute(
            """
            insert into invoices as i (id, subscription_id, kind, status, number, hosted_invoice_url, total, currency, covers_from, covers_to, due_at, paid_at, amount_paid, settled, amount_refunded, tax, taken_back, problem, billing_model, version)
            values (@InvoiceId, @SubscriptionId, @Kind, @Status, @Number, @HostedInvoiceUrl, @Total, @Currency, @CoversFrom, @CoversTo, @DueAt, @PaidAt, @AmountPaid, @AmountSettled, @AmountRefunded, @Tax, coalesce(@AmountTakenBack, @AmountRefunded), @PaymentProblem::jsonb, @BillingModel, @Version)
            on conflict (id) do update set status = excluded.status, number = excluded.number, hosted_invoice_url = excluded.hosted_invoice_url,
                total = excluded.total, covers_from = excluded.covers_from, covers_to = excluded.covers_to, due_at = excluded.due_at, paid_at = excluded.paid_at,
                amount_paid = excluded.amount_paid, settled = excluded.settled, amount_refunded = excluded.amount_refunded, tax = excluded.tax, taken_back = excluded.taken_back, problem = excluded.problem, version = excluded.version
            where i.version < excluded.version
            """, message, cancellation);
        if (newer == 1)
        {
            subscription = await payment.Of(transaction, subscription, cancellation);
        }

        await transaction.Commit(cancellation);
        payment.Wake(subscription);
    }
}
