using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using static Marketplace.Invoicing.Tests.Plans;

namespace Marketplace.Invoicing.Tests;

/// <summary>Every price model to the cent, with the figures that the field's own documents give.</summary>
public sealed class PriceModelTests
{
    private static readonly PriceSnapshot Graduated = new("graduated", 0, null, Tiers);
    private static readonly PriceSnapshot Volume = new("volume", 0, null, Tiers);

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public void A_standard_plan_costs_its_base_price_however_much_is_called(long calls) =>
        Assert.Equal([("base", 10_000L)], Rate(new("flat", 10_000, null), calls).Select(l => (l.Kind, l.Amount)));

    [Theory]
    [InlineData("1", 1_000, 1_000)]
    [InlineData("1", 10_000, 10_000)]
    [InlineData("2", 19, 38)]
    public void Pay_per_use_is_quantity_times_price(string unitAmount, long calls, long amount) => Assert.Equal(amount, Cost(new("unit", 0, unitAmount), calls));

    [Fact]
    public void Graduated_charges_each_unit_at_its_tier_and_the_flat_fee_of_every_tier_entered()
    {
        var lines = Rate(Graduated, 5_001);

        Assert.Equal(553_050, lines.Sum(l => l.Amount));
        Assert.Equal(
            [("usage", 500, 200m, 100_000L), ("usage", 4_500, 100m, 450_000), ("tier_fee", 1, 1_000m, 1_000), ("usage", 1, 50m, 50), ("tier_fee", 1, 2_000m, 2_000)],
            lines.Select(l => (l.Kind, l.Quantity, l.UnitAmount, l.Amount)));
        Assert.Equal("Weather – Enterprise Plan: 500 transactions at 2.00 USD (tier 1, 1 to 500), 2026-01-01 to 2026-02-01", lines[0].Description);
        Assert.Equal("Weather – Enterprise Plan: flat fee of tier 3, from 5001, 2026-01-01 to 2026-02-01", lines[4].Description);
    }

    [Fact]
    public void Volume_charges_all_units_at_the_tier_they_reach_and_its_flat_fee_alone()
    {
        var lines = Rate(Volume, 5_001);

        Assert.Equal([("usage", 5_001L, 250_050L), ("tier_fee", 1, 2_000)], lines.Select(l => (l.Kind, l.Quantity, l.Amount)));
        Assert.Equal(252_050, lines.Sum(l => l.Amount));
    }

    [Theory]
    [InlineData(500, 100_000, 100_000)]
    [InlineData(501, 101_100, 51_100)]
    [InlineData(5_000, 551_000, 501_000)]
    public void The_end_of_a_tier_belongs_to_it(long units, long graduated, long volume) => Assert.Equal((graduated, volume), (Cost(Graduated, units), Cost(Volume, units)));

    [Theory]
    [InlineData("graduated", 60_000)]
    [InlineData("volume", 15_000)]
    public void Stairsteps_are_tiers_with_nothing_but_a_flat_fee(string model, long amount)
    {
        PriceSnapshot price = new(model, 0, null, [new(1_000, "0", "0"), new(5_000, "0", "10000"), new(10_000, "0", "35000"), new(null, "0", "15000")]);

        Assert.Equal(amount, Cost(price, 15_000));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    [InlineData(1_001, 2)]
    [InlineData(5_500, 6)]
    public void A_started_package_is_charged_whole(long units, long packages)
    {
        var lines = Rate(new("package", 0, "500", PackageSize: 1_000), units);

        Assert.Equal(packages * 500, lines.Sum(l => l.Amount));
        Assert.Equal(packages, lines.Sum(l => l.Quantity));
        Assert.All(lines, line => Assert.Equal($"Weather – Enterprise Plan: {packages} × package of 1000 transactions at 5.00 USD ({units} transactions used), 2026-01-01 to 2026-02-01", line.Description));
    }

    [Theory]
    [InlineData("graduated", true, 700)]
    [InlineData("graduated", false, 0)]
    [InlineData("volume", true, 700)]
    [InlineData("volume", false, 0)]
    public void Without_usage_the_first_tier_s_flat_fee_is_due_unless_the_plan_says_otherwise(string model, bool atZero, long amount)
    {
        PriceSnapshot price = new(model, 0, null, [new(10, "1", "700"), new(null, "1", "900")], FlatFeeAtZeroUsage: atZero);

        Assert.Equal(amount, Rating.Closed("Weather", Closed(Priced(price))).Sum(l => l.Amount));
        Assert.Equal(amount, Cost(price, 0));
        Assert.Equal(701, Cost(price, 1));
    }

    [Theory]
    [InlineData("custom")]
    [InlineData("free")]
    public void A_plan_that_is_not_billed_here_never_makes_a_line(string model)
    {
        var plan = Priced(new(model, 2_500, "1", Tiers, 10, null, 1_000), setupFee: 100);

        Assert.Empty(Rating.First("Weather", plan, January, February));
        Assert.Empty(Rating.Closed("Weather", Closed(plan, Used(1_000))));
    }

    [Theory]
    [InlineData(30, 1_000, 700)]
    [InlineData(100, 1_000, 0)]
    [InlineData(150, 1_500, 0)]
    [InlineData(200, 1_800, -200)]
    [InlineData(0, 1_000, 1_000)]
    public void What_a_period_s_usage_costs_has_a_least_and_a_most_that_the_base_price_is_no_part_of(long calls, long usage, long bound)
    {
        var lines = Rate(new("unit", 500, "10", MinimumCharge: 1_000, MaximumCharge: 1_800), calls);

        Assert.Equal(usage, lines.Where(l => l.Kind != "base").Sum(l => l.Amount));
        Assert.Equal(500, lines.Single(l => l.Kind == "base").Amount);
        Assert.Equal(bound, lines.Where(l => l.Kind is "minimum" or "maximum").Sum(l => l.Amount));
    }

    [Fact]
    public void Only_the_unit_that_the_price_names_is_charged()
    {
        var plan = Priced(new("unit", 0, "0.02", Unit: "x-tokens"));

        var line = Assert.Single(Rating.Closed("Weather", Closed(plan, Used(9), Used(25_050, "x-tokens"))));

        Assert.Equal(("x-tokens", 25_050L, 501L), (line.Unit, line.Quantity, line.Amount));
    }

    [Fact]
    public void All_quotas_of_a_unit_climb_the_same_tiers()
    {
        var usage = new[] { Used(300) with { Limit = 5_000 }, Used(300) };

        Assert.Equal(Cost(Graduated, 600), Rating.Closed("Weather", Closed(Priced(Graduated), usage)).Sum(l => l.Amount));
    }

    [Fact]
    public void Overage_is_no_part_of_the_tiers()
    {
        var lines = Rating.Closed("Weather", Closed(Priced(Graduated), Used(620) with { Limit = 600, Overage = "300" }));

        Assert.Equal(Cost(Graduated, 600) + (20 * 300), lines.Sum(l => l.Amount));
        Assert.Equal("Weather – Enterprise Plan: 20 transactions above the included 600 at 3.00 USD, 2026-01-01 to 2026-02-01", lines[^1].Description);
    }

    [Theory]
    [InlineData("jpy", "0.5", 3, 2)]
    [InlineData("kwd", "0.5", 2_469, 1_240)] // 1.2345 dinars: 1.235 on the line, 1.240 on the invoice
    [InlineData("kwd", "0.5", 2_480, 1_240)]
    [InlineData("isk", "12.5", 100, 1_300)] // 12.5 krónur
    [InlineData("ugx", "1", 149, 100)]
    [InlineData("usd", "0.5", 3, 2)]
    public void Every_currency_is_rounded_to_what_can_be_paid_in_it(string currency, string unitAmount, long calls, long amount) =>
        Assert.Equal(amount, Cost(new("unit", 0, unitAmount), calls, currency));

    [Fact]
    public void What_brings_a_total_in_dinars_to_hundredths_is_a_line_of_its_own()
    {
        var lines = Rating.First("Weather", Priced(new("flat", 5_124, null), currency: "kwd"), January, February);

        Assert.Equal([("base", 5_124L), ("rounding", -4)], lines.Select(l => (l.Kind, l.Amount)));
    }

    [Fact]
    public void Twelve_places_and_a_trillion_units_are_exact()
    {
        Assert.Equal(1, Cost(new("unit", 0, "0.000000000001"), MinorUnits.MostUnits));
        Assert.Equal(123_456_789_013, Cost(new("unit", 0, "0.123456789013"), MinorUnits.MostUnits));
        Assert.Equal(999_999_999_999, Cost(new("unit", 0, "0.999999999999"), MinorUnits.MostUnits));
    }

    [Fact]
    public void Beyond_the_bounds_nothing_is_rated()
    {
        Assert.Throws<RatingBoundsException>(() => Cost(new("unit", 0, "1"), MinorUnits.MostUnits + 1));
        Assert.Throws<RatingBoundsException>(() => Cost(new("graduated", 0, null, Tiers), MinorUnits.MostUnits + 1));
        Assert.Throws<RatingBoundsException>(() => Cost(new("package", 0, "1", PackageSize: 1_000), MinorUnits.MostUnits + 1));
        Assert.Throws<RatingBoundsException>(() => Cost(new("unit", 0, "999999999999.999999999999"), MinorUnits.MostUnits));
        Assert.Equal(MinorUnits.MostAmount, Cost(new("unit", 0, "1000"), MinorUnits.MostUnits));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("1,5")]
    [InlineData("٣")]
    [InlineData("1234567890123")]
    [InlineData("0.1234567890123")]
    public void What_is_no_price_is_refused(string text) => Assert.Throws<FormatException>(() => MinorUnits.Parse(text));

    [Fact]
    public void A_last_closure_without_a_period_of_its_own_charges_no_fee_for_no_time()
    {
        var late = Closed(Priced(new("graduated", 0, null, [new(null, "1", "700")], MinimumCharge: 5_000)), Used(30)) with { PeriodStart = March, PeriodEnd = March, NextPeriodStart = null, NextPeriodEnd = null };

        // January was charged its minimum when it closed; 30 late units are covered by it.
        Assert.Equal(0, Rating.Closed("Weather", late).Sum(l => l.Amount));
    }

    [Fact]
    public void A_period_that_is_closed_with_a_later_one_is_charged_whole()
    {
        var price = new PriceSnapshot("graduated", 0, null, [new(null, "1", "700")]);
        var closed = Closed(Priced(price)) with
        {
            PeriodStart = February, PeriodEnd = February.AddHours(1), NextPeriodStart = null, NextPeriodEnd = null, ClosedTogether = [new MeteredSpan(January, February)],
        };

        Assert.Equal([(February, 700L), (January, 700)], Rating.Closed("Weather", closed).Select(l => (l.PeriodStart, l.Amount)));
    }
}
