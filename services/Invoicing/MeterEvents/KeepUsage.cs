using MassTransit;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears what was used of a subscription that Stripe renews, keeps each increment once by its id, and has it sent to the meter of its unit.</summary>
public sealed class KeepUsage(JobQueue queue, Database database, TimeProvider clock) : IConsumer<UsageCounted>
{
    // The two messages travel in two queues; after an outage both may be long.
    private static readonly TimeSpan LongestBeginning = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<UsageCounted> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps what a price of the plan charges; what costs nothing is not told to Stripe. What took another one's place and has not begun there yet is told when it has.</summary>
    /// <exception cref="TimeoutException">The subscription was not heard of yet and is waited for.</exception>
    /// <exception cref="InvalidOperationException">It was not heard of for long: the message is parked.</exception>
    public async Task Handle(UsageCounted counted, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var ours = await StripeSubscription.Lock(transaction, counted.SubscriptionId, cancellation);
        if (ours is null)
        {
            var missing = $"{counted.SubscriptionId} was used, but Stripe is not known to renew it.";
            throw clock.GetUtcNow() - counted.CountedAt < LongestBeginning ? new TimeoutException(missing) : new InvalidOperationException(missing);
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
