using Marketplace.Contracts.Catalog;
using static Marketplace.Invoicing.Tests.Plans;

namespace Marketplace.Invoicing.Tests;

/// <summary>Late usage costs what it would have cost in time: on its own lines, and never more or less over both invoices.</summary>
public sealed class LateUsageRatingTests
{
    [Fact]
    public void Graduated_late_units_go_on_where_the_period_stopped()
    {
        var lines = Late(new("graduated", 0, null, Tiers), before: 400, late: 200);

        Assert.Equal([("usage", 100L, 20_000L), ("usage", 100, 10_000), ("tier_fee", 1, 1_000)], lines.Select(l => (l.Kind, l.Quantity, l.Amount)));
        Assert.All(lines, line => Assert.EndsWith("late usage of 2026-01-01 to 2026-02-01", line.Description, StringComparison.Ordinal));
    }

    [Fact]
    public void Volume_late_units_that_reach_another_tier_take_back_what_was_charged()
    {
        var lines = Late(new("volume", 0, null, Tiers), before: 400, late: 200);

        Assert.Equal(
            [("usage", -400L, 200m, -80_000L), ("usage", 600, 100m, 60_000), ("tier_fee", 1, 1_000m, 1_000)], lines.Select(l => (l.Kind, l.Quantity, l.UnitAmount, l.Amount)));
        Assert.Equal(
            "Weather – Enterprise Plan: credit for 400 transactions at 2.00 USD (tier 1, 1 to 500), late usage of 2026-01-01 to 2026-02-01", lines[0].Description);
        Assert.Equal(-19_000, lines.Sum(l => l.Amount));
    }

    [Fact]
    public void Late_units_that_fit_into_a_package_already_charged_cost_nothing()
    {
        var price = new PriceSnapshot("package", 0, "500", PackageSize: 1_000);

        Assert.Equal(0, Late(price, before: 1_200, late: 800).Sum(l => l.Amount));
        Assert.Equal(500, Late(price, before: 1_200, late: 801).Sum(l => l.Amount));
    }

    [Fact]
    public void Late_units_under_a_minimum_that_was_charged_cost_nothing()
    {
        var lines = Late(new("unit", 0, "10", MinimumCharge: 1_000), before: 20, late: 30);

        Assert.Equal([("usage", 300L), ("minimum", -300)], lines.Select(l => (l.Kind, l.Amount)));
    }

    [Fact]
    public void Late_units_above_a_maximum_that_was_charged_cost_nothing()
    {
        var lines = Late(new("unit", 0, "10", MaximumCharge: 1_000), before: 120, late: 30);

        Assert.Equal([("usage", 300L), ("maximum", -300)], lines.Select(l => (l.Kind, l.Amount)));
    }

    [Fact]
    public void Late_overage_is_rated_on_top_of_the_overage_before()
    {
        var usage = Used(3) with { Limit = 0, Overage = "0.5", Before = 103, BeforeAbove = 3, PeriodStart = January.AddMonths(-1), PeriodEnd = January };

        // 6 × 0.5 = 3, of which 3 × 0.5 = 1.5 were charged as 2.
        Assert.Equal(1, Rating.Closed("Weather", Closed(Priced(new("flat", 0, null)), usage)).Sum(l => l.Amount));
    }

    private static IReadOnlyList<RatedLine> Late(PriceSnapshot price, long before, long late) => Rating.Closed(
        "Weather", Closed(Priced(price), Used(late) with { Before = before }) with { PeriodStart = February, PeriodEnd = February, NextPeriodStart = null, NextPeriodEnd = null });
}
