using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What a quantity of a price costs, worked out by hand.</summary>
public sealed class PriceAmountTests
{
    [Theory]
    [InlineData("2000", "3", 6000)]
    [InlineData("0.5", "1", 1)]
    [InlineData("0.49999", "1", 0)]
    [InlineData("0.000000000001", "1000000000000", 1)]
    [InlineData("12.345", "10", 123)]
    [InlineData("12.35", "10", 124)]
    [InlineData("0.02", "1.5", 0)]
    public void Per_unit_rounds_half_up_to_the_minor_unit(string unit, string quantity, long amount) =>
        Assert.Equal(amount, PriceAmounts.Total(Price(new JsonObject { ["unit_amount_decimal"] = unit }), Decimals.Of(quantity)));

    [Theory]
    [InlineData("up", 0, 0)]
    [InlineData("up", 1, 500)]
    [InlineData("up", 1000, 500)]
    [InlineData("up", 1001, 1000)]
    [InlineData("down", 999, 0)]
    [InlineData("down", 1999, 500)]
    public void Packages_count_whole(string round, int quantity, long amount) => Assert.Equal(
        amount,
        PriceAmounts.Total(Price(new JsonObject { ["unit_amount_decimal"] = "500", ["transform_quantity"] = new JsonObject { ["divide_by"] = 1000, ["round"] = round } }), quantity));

    [Theory]
    [InlineData("graduated", 0, 0, 1)]
    [InlineData("graduated", 5, 5000, 1)]
    [InlineData("graduated", 6, 5000 + 700 + 250, 2)]
    [InlineData("graduated", 20, 5000 + 3500 + 250 + 5000, 3)]
    [InlineData("volume", 5, 5000, 1)]
    [InlineData("volume", 6, (6 * 700) + 250, 1)]
    [InlineData("volume", 20, 10000, 1)]
    [InlineData("volume", 0, 0, 1)]
    public void Tiers_are_priced_one_by_one_or_by_the_one_reached(string mode, int quantity, long amount, int lines)
    {
        var tiers = new JsonArray(Tier(5, "1000", null), Tier(10, "700", "250"), Tier(null, "500", null));
        var price = Price(new JsonObject { ["billing_scheme"] = "tiered", ["tiers_mode"] = mode }, new JsonObject { ["tiers"] = tiers });
        var priced = PriceAmounts.Lines(price, quantity);
        Assert.Equal((amount, lines), (priced.Sum(l => l.Amount), priced.Count));
        Assert.Equal(quantity, priced.Sum(l => l.Quantity));
    }

    [Fact]
    public void A_total_that_is_spread_keeps_every_cent_and_no_part_is_a_cent_off_its_share() =>
        Prop.ForAll(
            Gen.Choose(0, 1_000_000).Zip(Gen.Choose(1, 9_999).NonEmptyListOf()).ToArbitrary(),
            drawn =>
            {
                var (total, weights) = (drawn.Item1, drawn.Item2.Select(w => (decimal)w).ToArray());
                var parts = LineFigures.Spread(total, weights);
                return parts.Sum() == total && parts.Zip(weights).All(p => Math.Abs(p.First - (total * p.Second / weights.Sum())) < 1);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(PropertySeed.Start, PropertySeed.Step));

    private static JsonObject Tier(int? to, string unit, string? flat) => new() { ["up_to"] = to, ["unit_amount_decimal"] = unit, ["flat_amount_decimal"] = flat };

    private static Stored Price(JsonObject value, JsonObject? inner = null)
    {
        value["currency"] = "usd";
        return new Stored("price", "price_1", new Scope("acct_1", false), 1, value, inner ?? []);
    }
}
