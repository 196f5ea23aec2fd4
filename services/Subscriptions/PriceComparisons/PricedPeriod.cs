using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;

namespace Marketplace.Subscriptions;

/// <summary>What a subscriber used in one period.</summary>
/// <param name="PeriodStart">Null where it has had no period yet.</param>
internal sealed record UsedInPeriod(DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd, IReadOnlyList<ApiUnits> Units);

/// <summary>A period's usage, rated whole under a plan, with the plan's base price: pure, by the function that makes invoices.</summary>
internal static class PricedPeriod
{
    /// <summary>The lines, or none where nothing is charged here.</summary>
    /// <exception cref="RatingBoundsException">More than can be rated.</exception>
    public static IReadOnlyList<RatedLine> Of(string product, PlanSnapshot plan, UsedInPeriod used)
    {
        var (from, to) = (used.PeriodStart ?? default, used.PeriodEnd ?? default);
        // Its base price for as long again, as the invoice after it would have it.
        return Rating.Closed(product, new MeteringPeriodClosed(
            "", "", "", "period_end", plan, from, to, from, to, MeteredUnits.Of(plan, used.Units), to));
    }
}
