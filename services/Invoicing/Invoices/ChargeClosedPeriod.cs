using MassTransit;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Hears that a period's usage is final: charges it with the base price of the period that follows, or, when the subscription ended, alone.
/// Over nothing, nothing is issued and nothing is owed.</summary>
public sealed class ChargeClosedPeriod(WriteInvoice write, BeginSubscription begin, JobQueue queue, Database database, TimeProvider clock) : IConsumer<MeteringPeriodClosed>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<MeteringPeriodClosed> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Writes the invoice of a closed period once.</summary>
    /// <exception cref="NotHeardYetException">The subscription's approval, or the end of one that Stripe renews, was not heard.</exception>
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
            throw new NotHeardYetException($"{closed.SubscriptionId} has a closed period to charge, but its approval was not heard.");
        }

        (DateTimeOffset, DateTimeOffset)? covers = closed is { NextPeriodStart: { } from, NextPeriodEnd: { } to } ? (from, to) : null;
        var renewed = await StripeSubscription.Lock(transaction, subscription.Id, cancellation);
        if (renewed is not null && covers is null && subscription.CancelledAt is null)
        {
            // Its end goes to Stripe first: the settlement would wait there for a renewal, in front of the job that ends it.
            throw new NotHeardYetException($"{closed.SubscriptionId} has a last period to charge, but its end was not heard.");
        }

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
