using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Withholds access while a payment is disputed, and acts by the installation's rule on how the dispute ended.</summary>
public sealed class ApplyDispute(SettlePayment payment, Database database) : IConsumer<DisputeOpened>, IConsumer<DisputeClosed>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<DisputeOpened> context) => Handle(context.Message, context.CancellationToken);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<DisputeClosed> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Access stops at once.</summary>
    public Task Handle(DisputeOpened message, CancellationToken cancellation) =>
        Keep(message.DisputeId, message.SubscriptionId, message.InvoiceId, outcome: null, message.Version, cancellation);

    /// <summary>Won, access is back.</summary>
    public Task Handle(DisputeClosed message, CancellationToken cancellation) => Keep(message.DisputeId, message.SubscriptionId, message.InvoiceId, message.Outcome, message.Version, cancellation);

    // The newest version decides, whichever is heard first.
    private async Task Keep(string disputeId, string subscriptionId, string invoiceId, string? outcome, long version, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await Lineage.LockAnswering(transaction, subscriptionId, cancellation);
        if (await transaction.Execute(
            """
            insert into disputes as d (id, subscription_id, invoice_id, outcome, version, decision_heard_at) values (@disputeId, @subscriptionId, @invoiceId, @outcome, @version, case when @outcome is not null then @Now end)
            on conflict (id) do update set outcome = excluded.outcome, version = excluded.version, decision_heard_at = case when d.outcome = excluded.outcome then d.decision_heard_at else excluded.decision_heard_at end where d.version < excluded.version
            """, new { disputeId, subscriptionId, invoiceId, outcome, version, Now = transaction.Clock.Now() }, cancellation) == 1)
        {
            subscription = await payment.Of(transaction, subscription, cancellation);
        }

        await transaction.Commit(cancellation);
        payment.Wake(subscription);
    }
}
