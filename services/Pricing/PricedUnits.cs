using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Pricing;

/// <summary>How many units of a closure its plan prices, counted from the usage alone and not from the lines that rating makes of it: so that lines can be held against it.</summary>
public static class PricedUnits
{
    /// <summary>By unit; what a quota includes for nothing, and units that the plan does not name, are left out.</summary>
    public static IReadOnlyDictionary<string, long> Of(MeteringPeriodClosed closed)
    {
        var price = closed.Plan.Price;
        var metered = price.Model is "unit" or "graduated" or "volume" or "package" ? price.Unit ?? PeriodPrice.Transactions : null;
        return !PeriodPrice.Charges(price) ? new Dictionary<string, long>() : closed.Usage
            .Select(usage => (usage.Unit, Units: (usage.Unit == metered ? usage.Quantity - Above(usage) : 0) + (IsFree(usage.Overage) ? 0 : Above(usage))))
            .GroupBy(usage => usage.Unit, usage => usage.Units, StringComparer.Ordinal)
            .Select(unit => KeyValuePair.Create(unit.Key, unit.Sum())).Where(unit => unit.Value != 0).ToDictionary(StringComparer.Ordinal);
    }

    private static long Above(PeriodUsage usage) => usage is { Overage: not null, Limit: { } limit } ? Math.Max(0, usage.Quantity - limit) : 0;

    private static bool IsFree(string? overage) => overage is null || MinorUnits.Parse(overage).IsZero;
}
