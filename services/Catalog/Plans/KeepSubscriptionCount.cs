using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.Catalog.Plans;

/// <summary>Keeps how many live subscriptions a plan has: the newest version wins, in whatever order they come.</summary>
public sealed class KeepSubscriptionCount(Database database) : IConsumer<SubscriptionCounted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<SubscriptionCounted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Stores the count unless a newer one is known.</summary>
    public Task Handle(SubscriptionCounted counted, CancellationToken cancellation) => database.Execute(
        """
        insert into subscription_counts as s (plan_id, live, version) values (@PlanId, @Live, @Version)
        on conflict (plan_id) do update set live = excluded.live, version = excluded.version where s.version < excluded.version
        """, counted, cancellation);
}
