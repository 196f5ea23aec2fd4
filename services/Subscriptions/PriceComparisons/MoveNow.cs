using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What becomes of a subscription that a planned migration moves at once: inside its period, which is charged in two parts, each by its plan alone.</summary>
/// <param name="Obstacle">Why the migration would pass it over as things are, as it would say itself; null where nothing stands in the way. Then there are no amounts.</param>
/// <param name="Total">Of the invoice for the move: what is left of one base price and due of the other; below zero it is kept for the next invoice.</param>
/// <param name="LastInvoice">Of the present plan, for the part of the period that is over; null where none comes.</param>
/// <param name="RestAtLeast">What the rest of the period costs under the other plan without any usage: its minimum, and its first tier's flat fee.</param>
public sealed record MoveNowAnswer(string? Obstacle, MoneyAnswer? Total, IReadOnlyList<ChangeLineAnswer> Lines, LastInvoiceAnswer? LastInvoice, MoneyAnswer? RestAtLeast);

/// <summary>Previews the move of one subscription by a migration: the migration's own steps in a transaction that is never committed, which holds the subscription meanwhile.</summary>
internal static class MoveNow
{
    /// <summary>What would become of it at this moment.</summary>
    public static async Task<MoveNowAnswer> Preview(
        Database database, string subscriptionId, MigrationRequested migration, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var now = clock.Now();
        var subscription = await EndPeriod.Roll(transaction, (await Subscription.Lock(transaction, subscriptionId, cancellation))!, now, clock, cancellation);
        var target = ChangeTarget.Of(migration, subscription);
        var row = PlanChange.Of(subscription, target?.Plan, migration.Action, clock) with { MigrationId = migration.MigrationId, Request = migration };
        if (await Way.Obstacle(transaction, subscription, row, target, cancellation) is { } obstacle)
        {
            return new(obstacle.Reason, null, [], null, null);
        }

        var (next, lines) = await TakeOver.Plan(transaction, subscription, new(target!, now, ByConsumer: false, AtBoundary: false), cancellation);
        var currency = ChangeCosts.CurrencyOf(subscription, next).ToLowerInvariant();
        return new(
            null, new(lines.Sum(l => l.Amount), currency), ChangeLineAnswer.Of(lines, currency),
            await PreviewChange.LastInvoice(transaction, subscription, now, cancellation), new(RestAtLeast(next), currency));
    }

    private static long RestAtLeast(Subscription next) => next is { IsPeriodCharged: true, PeriodStart: { } from, PeriodEnd: { } to }
        ? Rating.Closed(next.ProductTitle, new MeteringPeriodClosed("", "", "", "period_end", next.Plan, from, to, null, null, [], to)).Sum(line => line.Amount) : 0;
}
