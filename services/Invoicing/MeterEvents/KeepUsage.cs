using MassTransit;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears what was used of a subscription that Stripe renews, keeps each increment once by its id, and has it sent to the meter of its unit.</summary>
public sealed class KeepUsage(JobQueue queue, Database database) : IConsumer<UsageCounted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<UsageCounted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps what a price of the plan charges; what costs nothing is not told to Stripe. What took another one's place and has not begun there yet is told when it has.</summary>
    /// <exception cref="NotHeardYetException">The subscription was not heard of.</exception>
    public async Task Handle(UsageCounted counted, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var ours = await StripeSubscription.Lock(transaction, counted.SubscriptionId, cancellation);
        if (ours is null)
        {
            throw new NotHeardYetException($"{counted.SubscriptionId} was used, but Stripe is not known to renew it.");
        }

        if (RecurringParts.Of(ours.Snapshot()).All(part => part.Unit != counted.Unit))
        {
            return;
        }

        var added = await transaction.Execute(
            """
            insert into meter_usage (id, subscription_id, unit, period_start, period_end, quantity, counted_at)
            values (@CountId, @SubscriptionId, @Unit, @PeriodStart, @PeriodEnd, @Quantity, @CountedAt) on conflict (id) do nothing
            """, counted, cancellation);
        if (added == 1 && !ours.IsAwaitingSuccessor)
        {
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, SendUsage.JobKind, ours.Id, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
    }
}
