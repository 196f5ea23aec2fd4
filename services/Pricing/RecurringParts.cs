using System.Globalization;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Pricing;

/// <summary>One recurring price of a plan, in words that Stripe has: a fixed amount in advance, or units that a meter counts.</summary>
/// <param name="Key"><c>base</c>, or <c>usage</c> and the number of its unit; the same in every mirror of the plan.</param>
/// <param name="Unit">What its meter counts; null for the base price.</param>
/// <param name="UnitAmount">Of one unit, one package, or one seat; null with tiers.</param>
/// <param name="TiersMode"><c>graduated</c> or <c>volume</c>; null without tiers.</param>
/// <param name="PackageSize">Units of one package, the last one whole; null without packages.</param>
public sealed record RecurringPart(
    string Key, string? Unit, string? UnitAmount, string? TiersMode = null, IReadOnlyList<PriceTier>? Tiers = null, long? PackageSize = null);

/// <summary>Which prices of Stripe's a plan comes to, so that a period that Stripe rates costs what <see cref="Rating"/> says. What no such price can express is
/// charged beside it (<see cref="Beside"/>) or makes the plan one that this model does not sell (<see cref="Obstacle"/>). The only copy of these rules.</summary>
public static class RecurringParts
{
    private const int MostItems = 20;

    /// <summary>The plan's recurring prices: the base price first, then one for each unit that costs something.</summary>
    public static IReadOnlyList<RecurringPart> Of(PlanSnapshot plan)
    {
        var price = plan.Price;
        var unit = price.Unit ?? PeriodPrice.Transactions;
        var overages = Overages(plan);
        List<RecurringPart> parts = [];
        if (price.Base > 0)
        {
            parts.Add(new("base", null, price.Base.ToString(CultureInfo.InvariantCulture)));
        }

        List<RecurringPart> metered =
        [
            .. price.Model switch
            {
                "unit" => [WithOverage(unit, price.UnitAmount!, overages.FirstOrDefault(q => q.Unit == unit))],
                "graduated" or "volume" => [new RecurringPart("", unit, null, price.Model, price.Tiers)],
                "package" => [new RecurringPart("", unit, price.UnitAmount, PackageSize: price.PackageSize)],
                _ => Array.Empty<RecurringPart>(),
            },
        ];
        metered.AddRange(overages.Where(q => metered.TrueForAll(part => part.Unit != q.Unit)).Select(q => WithOverage(q.Unit, "0", q)));
        parts.AddRange(metered.OrderBy(part => part.Unit, StringComparer.Ordinal).Select((part, index) => part with { Key = $"usage{index + 1}" }));
        return parts;
    }

    /// <summary>How many of a part a subscription at Stripe has: the seats of its base price; null of what a meter counts. No part of the price there, so that all subscribers share it.</summary>
    public static long? QuantityOf(PlanSnapshot plan, RecurringPart part) => part.Unit is null ? PlanSeats.Count(plan) : null;

    /// <summary>Why a plan cannot be billed exactly by Stripe's own subscriptions, or null.</summary>
    public static string? Obstacle(PlanSnapshot plan)
    {
        if (!PeriodPrice.Charges(plan.Price))
        {
            return null;
        }

        var overages = Overages(plan);
        var unit = plan.Price.Unit ?? PeriodPrice.Transactions;
        var most = Currencies.MostCharged(plan.Currency);
        var months = plan.PeriodUnit switch { "day" => plan.PeriodCount / 30.4, "week" => plan.PeriodCount / 4.34, "year" => plan.PeriodCount * 12, _ => plan.PeriodCount };
        return Currencies.TotalStep(plan.Currency) > 1 ? $"Stripe cannot round lines in {plan.Currency.ToUpperInvariant()} as invoices here do."
            : months > 36 ? "Stripe renews at least every three years."
            : plan.Price is { MaximumSeats: { } seats } price && price.Base * seats > most
                ? $"An amount at Stripe is at most {most} minor units, so 'price.maximumSeats' can be at most {most / price.Base} at this price."
            : overages.Any(q => q.Interval != "period") ? "Overage is counted over a billing period there, so a quota with overage needs the interval 'period'."
            : overages.Any(q => q.ApiIds.Count > 0) || plan.Quotas.Any(q => q.ApiIds.Count > 0 && overages.Any(o => o.Unit == q.Unit)) ? "A meter there counts all APIs of a product, so a quota with overage cannot be for some of them."
            : overages.GroupBy(q => q.Unit).Any(units => units.Count() > 1) ? "A unit has one meter there, so it can have one quota with overage."
            : plan.Price.Model is "graduated" or "volume" or "package" && overages.Any(q => q.Unit == unit) ? $"Stripe has no price that is both {plan.Price.Model} and overage of the same unit."
            : (plan.Price.Tiers ?? []).Any(tier => tier.FlatAmount.Contains('.', StringComparison.Ordinal) && tier.FlatAmount.Split('.')[1].Trim('0').Length > 0) ? "Flat amounts of tiers are whole minor units there."
            : Of(plan).Count > MostItems ? $"A subscription at Stripe has at most {MostItems} prices."
            : null;
    }

    /// <summary>Lines of a closed period that none of its recurring prices brings about at its end: minimum and maximum, late usage, rounding, a first tier's fee where
    /// nothing was used, and any base price but that of the period that follows.</summary>
    public static IEnumerable<RatedLine> Beside(IReadOnlyList<RatedLine> lines, (DateTimeOffset Start, DateTimeOffset End) period)
    {
        var used = lines.Any(line => line.Kind == LineKind.Usage && line.PeriodStart == period.Start);
        return lines.Where(line => line.Kind switch
        {
            LineKind.BasePrice => line.PeriodStart < period.End,
            LineKind.Usage or LineKind.Overage => line.PeriodStart != period.Start,
            LineKind.TierFee => line.PeriodStart != period.Start || !used,
            _ => true,
        });
    }

    /// <summary>Units of a closed period by what its meters count.</summary>
    public static IReadOnlyDictionary<string, long> Metered(MeteringPeriodClosed closed)
    {
        var used = closed.Usage.Where(u => u.PeriodStart == closed.PeriodStart).ToLookup(u => u.Unit, u => u.Quantity, StringComparer.Ordinal);
        return Of(closed.Plan).Where(part => part.Unit is not null).ToDictionary(part => part.Unit!, part => used[part.Unit!].Sum(), StringComparer.Ordinal);
    }

    private static List<QuotaSnapshot> Overages(PlanSnapshot plan) => [.. plan.Quotas.Where(q => q is { Overage: not null, Limit: not null })];

    // What the quota includes at the unit's own price, what is above it at the overage.
    private static RecurringPart WithOverage(string unit, string unitAmount, QuotaSnapshot? quota) => quota switch
    {
        null => new("", unit, unitAmount),
        { Limit: 0 } => new("", unit, quota.Overage),
        _ => new("", unit, null, "graduated", [new(quota.Limit, unitAmount, "0"), new(null, quota.Overage!, "0")]),
    };
}
