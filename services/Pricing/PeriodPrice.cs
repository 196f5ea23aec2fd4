using Marketplace.Contracts.Catalog;

namespace Marketplace.Pricing;

/// <summary>Units of one quota (or of none) in a period.</summary>
/// <param name="Units">All of them.</param>
/// <param name="Above">How many of them lie above what the quota includes.</param>
/// <param name="Overage">The price of those; null where none is charged, and then none is above.</param>
internal sealed record QuotaUnits(string Unit, long Units, long Above, string? Overage);

/// <summary>What the usage of one whole period costs under a price: the one place that knows the price models.</summary>
internal static class PeriodPrice
{
    /// <summary>The unit that is counted and charged where none is named.</summary>
    public const string Transactions = "transactions";

    /// <summary>Whether anything is charged here at all: of a custom plan nothing is, its price is agreed elsewhere.</summary>
    public static bool Charges(PriceSnapshot price) => price.Model is not ("free" or "custom");

    /// <summary>The parts of a period's price, each rounded once. Units of the price's own unit that no quota counts as overage are priced by the model, all quotas
    /// together; overage by its own price; the least and the most that a period costs cover all of these, and neither set-up fee nor base price.</summary>
    public static IReadOnlyList<PricedPart> Of(PriceSnapshot price, string currency, IReadOnlyList<QuotaUnits> used)
    {
        if (!Charges(price))
        {
            return [];
        }

        var unit = price.Unit ?? Transactions;
        var units = used.Where(u => u.Unit == unit).Aggregate(0L, (sum, u) => checked(sum + u.Units - u.Above));
        if (units > MinorUnits.MostUnits)
        {
            throw new RatingBoundsException($"{units} {unit} in one period are more than can be rated ({MinorUnits.MostUnits}).");
        }

        var step = Currencies.LineStep(currency);
        List<PricedPart> parts =
        [
            .. price.Model switch
            {
                "flat" or PlanSeats.Model => [],
                "unit" => Units(0, unit, units, price.UnitAmount!, step),
                "graduated" => Graduated(price, unit, units, step),
                "volume" => Volume(price, unit, units, step),
                "package" => Packages(price, unit, units, step),
                _ => throw new InvalidOperationException($"The price model '{price.Model}' is not known here."),
            },
            .. used.Index().Where(u => u.Item is { Above: > 0, Overage: not null }).SelectMany(u =>
                Charged(LineKind.Overage, u.Index, u.Item.Unit, u.Item.Above, u.Item.Overage!, step, $"{u.Item.Unit} above the included {u.Item.Units - u.Item.Above}")),
        ];
        return [.. parts, .. Bound(price, currency, parts.Aggregate(0L, (sum, part) => checked(sum + part.Amount)))];
    }

    // Of every tier that is entered, its units at its price and its flat fee.
    private static IEnumerable<PricedPart> Graduated(PriceSnapshot price, string unit, long units, long step)
    {
        var below = 0L;
        foreach (var (index, tier) in price.Tiers!.Index())
        {
            if (units <= below && !(index == 0 && price.FlatFeeAtZeroUsage))
            {
                yield break;
            }

            var within = Math.Min(units, IsLast(price, index) ? units : tier.UpTo!.Value) - below;
            foreach (var part in Tier(index, tier, below, unit, within, step))
            {
                yield return part;
            }

            below = tier.UpTo ?? units;
        }
    }

    // All units at the price of the tier that they reach, and that tier's flat fee alone.
    private static IEnumerable<PricedPart> Volume(PriceSnapshot price, string unit, long units, long step)
    {
        if (units == 0 && !price.FlatFeeAtZeroUsage)
        {
            return [];
        }

        var (index, tier) = price.Tiers!.Index().First(t => IsLast(price, t.Index) || units <= t.Item.UpTo);
        return Tier(index, tier, index == 0 ? 0 : price.Tiers![index - 1].UpTo!.Value, unit, units, step);
    }

    private static IEnumerable<PricedPart> Tier(int index, PriceTier tier, long below, string unit, long units, long step)
    {
        var tiered = $"tier {index + 1}, {(tier.UpTo is { } upTo ? $"{below + 1} to {upTo}" : $"from {below + 1}")}";
        if (units > 0)
        {
            yield return Units(index, unit, units, tier.UnitAmount, step).Single() with { Note = $" ({tiered})" };
        }

        foreach (var fee in Charged(LineKind.TierFee, index, unit, 1, tier.FlatAmount, step, $"flat fee of {tiered}"))
        {
            yield return fee;
        }
    }

    private static IEnumerable<PricedPart> Packages(PriceSnapshot price, string unit, long units, long step)
    {
        var size = price.PackageSize!.Value;
        // One that is started is charged whole.
        return Units(0, unit, (units / size) + (units % size == 0 ? 0 : 1), price.UnitAmount!, step)
            .Select(part => part with { Units = units, What = $"× package of {size} {unit}" });
    }

    private static IEnumerable<PricedPart> Units(int rank, string unit, long quantity, string price, long step) =>
        quantity == 0 ? [] : [Part(LineKind.Usage, rank, unit, quantity, MinorUnits.Parse(price), step, unit)];

    private static IEnumerable<PricedPart> Charged(string kind, int rank, string unit, long quantity, string price, long step, string what) =>
        MinorUnits.Parse(price) is { IsZero: false } amount ? [Part(kind, rank, unit, quantity, amount, step, what)] : [];

    private static PricedPart Part(string kind, int rank, string unit, long quantity, MinorUnits price, long step, string what) =>
        new(kind, rank, unit, quantity, price, (price * quantity).Round(step), quantity, what);

    private static IEnumerable<PricedPart> Bound(PriceSnapshot price, string currency, long usage)
    {
        if (price.MinimumCharge is { } least && usage < least)
        {
            yield return Whole(LineKind.Minimum, least - usage, $"up to the minimum charge of {Currencies.Print(least, currency)} for usage");
        }
        else if (price.MaximumCharge is { } most && usage > most)
        {
            yield return Whole(LineKind.Maximum, most - usage, $"usage above the maximum charge of {Currencies.Print(most, currency)}");
        }
    }

    private static PricedPart Whole(string kind, long amount, string what) => new(kind, 0, null, 1, MinorUnits.Of(amount), amount, 1, what);

    private static bool IsLast(PriceSnapshot price, int index) => index == price.Tiers!.Count - 1;
}
