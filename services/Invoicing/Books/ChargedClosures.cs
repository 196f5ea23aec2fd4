using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Which closures were taken over and how many units each brought: written in the transaction that charges them, so that what Subscriptions has carried
/// and what was charged here can be compared at any time, also where the units cost nothing.</summary>
public static class ChargedClosures
{
    /// <summary>Writes a closure down once.</summary>
    /// <param name="charges">Whether it costs anything, so that an invoice must be there.</param>
    public static Task Record(Transaction transaction, MeteringPeriodClosed closed, bool charges, DateTimeOffset now, CancellationToken cancellation) => transaction.Execute(
        """
        insert into charged_closures (closure_id, subscription_id, period_start, units, priced, charges, charged_at)
        values (@ClosureId, @SubscriptionId, @PeriodStart, @Units::jsonb, @Priced::jsonb, @charges, @now) on conflict do nothing
        """,
        new
        {
            closed.ClosureId, closed.SubscriptionId, closed.PeriodStart, charges, now, Priced = JsonSerializer.Serialize(PricedUnits.Of(closed)),
            Units = JsonSerializer.Serialize(closed.Usage.GroupBy(u => u.Unit, StringComparer.Ordinal).ToDictionary(u => u.Key, u => u.Sum(entry => entry.Quantity), StringComparer.Ordinal)),
        }, cancellation);

    /// <summary>Since when they are written down (UTC).</summary>
    internal static Task<DateTimeOffset> Since(Transaction snapshot, CancellationToken cancellation) => snapshot.QueryOne<DateTimeOffset>(
        "select applied_at from schema_migrations where name = 'Marketplace.Invoicing/026_charged_closures.sql'", null, cancellation);
}
