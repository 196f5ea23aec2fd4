using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Ends what was approved, at once or after a trial, when its provider had deleted the billing integration: nobody would ever charge it.</summary>
public sealed class CancelOnBillingRefused(Database database, TimeProvider clock, Wakeups wakeups) : IConsumer<BillingRefused>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<BillingRefused> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>One that is over already stays as it is, so that hearing it again has no effect.</summary>
    public async Task Handle(BillingRefused message, CancellationToken cancellation)
    {
        await EndSeveral.Run(database, [message.SubscriptionId], Subscription.BillingRefused, onlyBilled: true, note: null, clock.Now(), clock, cancellation);
        wakeups.Wake(SubscriptionSchedule.CloseEnded);
    }
}
