using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using static Marketplace.Invoicing.Tests.Plans;

namespace Marketplace.Invoicing.Tests;

/// <summary>What holds for every price and every usage.</summary>
public sealed class RatingPropertyTests
{
    private static readonly Config Draw = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(PropertySeed.Start, PropertySeed.Step);

    private static readonly Gen<string> Amount =
        from mantissa in Gen.Choose(0, 99_999)
        from places in Gen.Choose(0, 12)
        select new decimal(mantissa, 0, 0, false, (byte)places).ToString(CultureInfo.InvariantCulture);

    private static readonly Gen<IReadOnlyList<PriceTier>> SomeTiers =
        from widths in Gen.Choose(1, 20).ArrayOf().Select(w => w.Take(5).ToArray())
        from units in Amount.ArrayOf(6)
        from flats in Amount.ArrayOf(6)
        select (IReadOnlyList<PriceTier>)
        [
            .. widths.Select((_, i) => new PriceTier(widths.Take(i + 1).Sum(), units[i], flats[i])),
            new PriceTier(null, units[5], flats[5]),
        ];

    private static readonly Gen<PriceSnapshot> Price =
        from model in Gen.Elements("flat", "unit", "graduated", "volume", "package")
        from tiers in SomeTiers
        from amount in Amount
        from size in Gen.Choose(1, 30)
        from bounds in Gen.Elements<(long?, long?)>((null, null), (700, null), (null, 900), (100, 5_000))
        from atZero in Gen.Elements(true, false)
        select new PriceSnapshot(model, 0, amount, tiers, size, null, bounds.Item1, bounds.Item2, atZero);

    // Chunks of the usage of one period, as closures carry them: the first in time, the others late; three quotas share it.
    private static readonly Gen<int[][]> Chunks = Gen.Choose(0, 60).ArrayOf(3).ArrayOf().Select(chunks => chunks.Take(5).Prepend([3, 0, 1]).ToArray());

    [Fact]
    public void A_model_s_price_is_what_counting_unit_by_unit_gives() => Prop.ForAll(
        (from price in Price from units in Gen.Choose(0, 150) select (price with { MinimumCharge = null, MaximumCharge = null }, units)).ToArbitrary(),
        sample =>
        {
            var (price, units) = sample;
            return Cost(price, units) == Counted(price, units);
        }).Check(Draw);

    [Fact]
    public void Rated_in_parts_a_period_costs_what_it_costs_rated_whole() => Prop.ForAll(
        (from price in Price from chunks in Chunks from currency in Gen.Elements("usd", "jpy", "isk") select (price, chunks, currency)).ToArbitrary(),
        sample =>
        {
            var (price, chunks, currency) = sample;
            var whole = chunks.Aggregate(new int[3], (sum, chunk) => [sum[0] + chunk[0], sum[1] + chunk[1], sum[2] + chunk[2]]);
            return Parts(price, chunks, currency).Sum(lines => lines.Sum(l => l.Amount)) == Parts(price, [whole], currency).Single().Sum(l => l.Amount);
        }).Check(Draw);

    [Fact]
    public void In_dinars_each_invoice_may_be_off_by_half_a_hundredth_and_no_more() => Prop.ForAll(
        (from price in Price from chunks in Chunks select (price, chunks)).ToArbitrary(),
        sample =>
        {
            var (price, chunks) = sample;
            var invoices = Parts(price, chunks, "kwd");
            return invoices.All(lines => lines.Sum(l => l.Amount) % 10 == 0 && lines.Where(l => l.Kind == "rounding").All(l => Math.Abs(l.Amount) <= 5));
        }).Check(Draw);

    [Fact]
    public void Every_line_in_time_is_quantity_times_price_rounded_once_half_up() => Prop.ForAll(
        (from price in Price from units in Gen.Choose(0, 150) select (price, units)).ToArbitrary(),
        sample => Rate(sample.price, sample.units).All(line => line.Amount == Math.Round(line.Quantity * line.UnitAmount, 0, MidpointRounding.AwayFromZero))).Check(Draw);

    [Fact]
    public void More_units_never_cost_less_but_where_a_volume_reaches_a_cheaper_tier() => Prop.ForAll(
        (from price in Price from units in Gen.Choose(0, 150) from more in Gen.Choose(0, 150) select (price, units, more)).ToArbitrary(),
        sample => sample.price.Model == "volume" || Cost(sample.price, sample.units) <= Cost(sample.price, sample.units + sample.more)).Check(Draw);

    [Fact]
    public void A_minimum_and_a_maximum_hold_for_every_usage() => Prop.ForAll(
        (from price in Price from units in Gen.Choose(0, 150) select (price, units)).ToArbitrary(),
        sample => Cost(sample.price, sample.units) is var cost && cost >= (sample.price.MinimumCharge ?? 0) && cost <= (sample.price.MaximumCharge ?? long.MaxValue)).Check(Draw);

    [Fact]
    public void The_order_of_usage_entries_changes_nothing() => Prop.ForAll(
        (from price in Price from chunks in Chunks from order in Gen.Choose(0, 5) select (price, chunks, order)).ToArbitrary(),
        sample =>
        {
            var (price, chunks, order) = sample;
            var usage = Usage(chunks, chunks.Length - 1);
            PeriodUsage[] permuted = [usage[order % 3], usage[(order + 1 + (order / 3)) % 3], usage[(order + 2 - (order / 3)) % 3]];
            return Rating.Closed("Weather", Closed(Priced(price), usage)).SequenceEqual(Rating.Closed("Weather", Closed(Priced(price), permuted)));
        }).Check(Draw);

    // One invoice per chunk: the first of January's own closure, the others of later closures that carry January's late usage.
    private static List<IReadOnlyList<RatedLine>> Parts(PriceSnapshot price, int[][] chunks, string currency) =>
    [
        .. chunks.Select((_, i) => Rating.Closed("Weather", Closed(Priced(price, currency: currency), Usage(chunks, i)) with
        {
            PeriodStart = i == 0 ? January : March, PeriodEnd = i == 0 ? February : March, NextPeriodStart = null, NextPeriodEnd = null,
        })),
    ];

    private static PeriodUsage[] Usage(int[][] chunks, int number)
    {
        return [Entry(0, "transactions", null, null), Entry(1, "transactions", 40, "1.5"), Entry(2, "x-tokens", 70, "0.333333333333")];

        PeriodUsage Entry(int quota, string unit, long? limit, string? overage)
        {
            var before = chunks.Take(number).Sum(chunk => (long)chunk[quota]);
            var now = before + chunks[number][quota];
            var (aboveBefore, above) = (Math.Max(0, before - (limit ?? before)), Math.Max(0, now - (limit ?? now)));
            return new(unit, now - before, January, February, limit is null ? null : now - before - (above - aboveBefore), overage, before, aboveBefore);
        }
    }

    // Brute force: unit after unit, each to the tier or package that it falls into.
    private static long Counted(PriceSnapshot price, int units)
    {
        var (perTier, packages) = (new decimal[6], 0);
        var entered = new HashSet<int>();
        for (var unit = 1; unit <= units; unit++)
        {
            var tier = price.Tiers!.Index().First(t => t.Item.UpTo is null || unit <= t.Item.UpTo).Index;
            entered.Add(tier);
            perTier[tier] += Decimal(price.Tiers![tier].UnitAmount);
            packages += unit % price.PackageSize == 1 || price.PackageSize == 1 ? 1 : 0;
        }

        var reached = entered.Count == 0 ? 0 : entered.Max();
        if (units == 0 && price.FlatFeeAtZeroUsage)
        {
            entered.Add(0);
        }

        return price.Model switch
        {
            "unit" => Round(units * Decimal(price.UnitAmount!)),
            "package" => Round(packages * Decimal(price.UnitAmount!)),
            "graduated" => perTier.Sum(Round) + entered.Sum(tier => Round(Decimal(price.Tiers![tier].FlatAmount))),
            "volume" when entered.Count > 0 => Round(units * Decimal(price.Tiers![reached].UnitAmount)) + Round(Decimal(price.Tiers![reached].FlatAmount)),
            _ => 0,
        };
    }

    private static decimal Decimal(string amount) => decimal.Parse(amount, CultureInfo.InvariantCulture);

    private static long Round(decimal amount) => (long)Math.Round(amount, 0, MidpointRounding.AwayFromZero);
}
