using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Writes into a subscription's history that money went back, or did not arrive. What that means for access is told with the invoice.</summary>
public sealed class RecordRefund(Database database, TimeProvider clock) : IConsumer<RefundIssued>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<RefundIssued> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>One line when it is issued, another when it fails.</summary>
    public async Task Handle(RefundIssued message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Subscription.Lock(transaction, message.SubscriptionId, cancellation) is not { } subscription)
        {
            return;
        }

        var known = await transaction.QueryOne<string>("select status from refunds where id = @RefundId", message, cancellation);
        var newer = await transaction.Execute(
            """
            insert into refunds as r (id, subscription_id, status, version) values (@RefundId, @SubscriptionId, @Status, @Version)
            on conflict (id) do update set status = excluded.status, version = excluded.version where r.version < excluded.version
            """, message, cancellation);
        if (newer == 1 && (known is null || (message.Status == "failed" && known != "failed")))
        {
            var happened = message.Status == "failed" ? SubscriptionEvent.RefundFailed : SubscriptionEvent.RefundIssued;
            await transaction.Record(
                subscription.Id, subscription.Status, subscription.Status, new(happened, clock.Now(), Note: $"{message.Amount} {message.Currency} (minor units)"), cancellation);
        }

        await transaction.Commit(cancellation);
    }
}
