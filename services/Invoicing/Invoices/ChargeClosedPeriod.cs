using MassTransit;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears that a period's usage is final: charges it with the base price of the period that follows, or, when the subscription ended, alone.
/// Over nothing, nothing is issued and nothing is owed.</summary>
public sealed class ChargeClosedPeriod(WriteInvoice write, BeginSubscription begin, JobQueue queue, Database database, TimeProvider clock) : IConsumer<MeteringPeriodClosed>
{
    // The two messages travel in two queues; after an outage both may be long.
    private static readonly TimeSpan ApprovalIsUnderWay = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<MeteringPeriodClosed> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Writes the invoice of a closed period once.</summary>
    /// <exception cref="TimeoutException">The subscription's approval was not heard yet and is waited for.</exception>
    /// <exception cref="InvalidOperationException">It was not heard for long: the message is parked.</exception>
    public async Task Handle(MeteringPeriodClosed closed, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await BilledSubscription.Lock(transaction, closed.SubscriptionId, cancellation);
        var lines = Rating.Closed(subscription?.ProductTitle ?? "", closed);
        var charges = lines.Any(line => line.Amount != 0);
        await ChargedClosures.Record(transaction, closed, charges, clock.GetUtcNow(), cancellation);
        if (!charges)
        {
            await transaction.Commit(cancellation);
            return;
        }

        if (subscription?.IntegrationId is null)
        {
            var missing = $"{closed.SubscriptionId} has a closed period to charge, but its approval was not heard.";
            throw clock.GetUtcNow() - closed.ClosedAt < ApprovalIsUnderWay ? new TimeoutException(missing) : new InvalidOperationException(missing);
        }

        (DateTimeOffset, DateTimeOffset)? covers = closed is { NextPeriodStart: { } from, NextPeriodEnd: { } to } ? (from, to) : null;
        var renewed = await StripeSubscription.Lock(transaction, subscription.Id, cancellation);
        await write.Once(
            transaction, subscription, covers is null ? "final" : "period", closed.Plan, closed.PeriodStart, covers, lines, cancellation,
            job: renewed is null ? IssueInvoice.JobKind : SettlePeriod.JobKind);
        if (renewed is not null)
        {
            await SettlePeriod.Note(transaction, closed, cancellation);
        }

        if (renewed is { IsAwaitingSuccessor: true } && covers is not null)
        {
            await begin.Again(transaction, subscription, renewed, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
    }
}
