using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Invoicing.Tests;

public sealed class RatingTests
{
    private static readonly DateTimeOffset January = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset February = January.AddMonths(1);
    private static readonly DateTimeOffset March = January.AddMonths(2);

    [Fact]
    public void The_first_invoice_is_set_up_fee_and_base_price()
    {
        var lines = Rating.First("Weather", Plans.Of(model: "flat", basePrice: 2500, setupFee: 1000), January, February);
        Assert.Equal([("setup_fee", 1000L), ("base", 2500L)], lines.Select(l => (l.Kind, l.Amount)));
        Assert.All(lines, line => Assert.Equal((January, February), (line.PeriodStart, line.PeriodEnd)));
    }

    [Fact]
    public void What_costs_nothing_makes_no_line() =>
        Assert.Empty(Rating.First("Weather", Plans.Of(model: "unit", unitAmount: "1"), January, February));

    [Fact]
    public void Three_hundred_and_twenty_one_calls_at_one_cent_are_3_21()
    {
        var line = Assert.Single(Rating.Closed("Weather", Closed(Plans.Of(model: "unit", unitAmount: "1"), new PeriodUsage("transactions", 321, January, February, null, null))));
        Assert.Equal((321, 321L, "usage"), (line.Quantity, line.Amount, line.Kind));
        Assert.Contains("321 transactions at 0.01 USD", line.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_period_is_charged_with_the_base_price_of_the_next_one()
    {
        var plan = Plans.Of(model: "unit", basePrice: 2500, unitAmount: "0.5");
        var lines = Rating.Closed("Weather", Closed(plan, new PeriodUsage("transactions", 3, January, February, null, null)));
        Assert.Equal([("usage", 2L, January), ("base", 2500L, February)], lines.Select(l => (l.Kind, l.Amount, l.PeriodStart)));
    }

    [Fact]
    public void The_last_period_is_charged_alone()
    {
        var plan = Plans.Of(model: "unit", basePrice: 2500, unitAmount: "1");
        var closed = Closed(plan, new PeriodUsage("transactions", 7, January, February, null, null)) with { NextPeriodStart = null, NextPeriodEnd = null };
        Assert.Equal([("usage", 7L)], Rating.Closed("Weather", closed).Select(l => (l.Kind, l.Amount)));
    }

    [Fact]
    public void The_base_price_of_a_period_that_ends_is_beside_the_renewal_that_follows_it_which_holds_that_of_the_next_one()
    {
        var lines = Rating.Closed("Weather", Closed(Plans.Of(model: "unit", basePrice: 2500, unitAmount: "1")) with { BasePricesDue = [new(January, February)] });
        Assert.Equal([(2500L, January), (2500L, February)], lines.Select(l => (l.Amount, l.PeriodStart)));
        Assert.Equal(January, Assert.Single(RecurringParts.Beside(lines, (January, February))).PeriodStart);
    }

    [Fact]
    public void Late_usage_is_a_line_of_its_own_that_names_its_period()
    {
        var closed = Closed(
            Plans.Of(model: "unit", unitAmount: "1"),
            new PeriodUsage("transactions", 5, January.AddMonths(-1), January, null, null),
            new PeriodUsage("transactions", 10, January, February, null, null));
        var lines = Rating.Closed("Weather", closed);
        Assert.Equal([10L, 5L], lines.Select(l => l.Amount));
        Assert.Contains("late usage of 2025-12-01 to 2026-01-01", lines[1].Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, null)]
    [InlineData(1001, 2L)]
    [InlineData(1500, 1000L)]
    public void Above_a_loose_quota_overage_is_charged(long quantity, long? amount)
    {
        var closed = Closed(Plans.Of(model: "flat", basePrice: 0), new PeriodUsage("transactions", quantity, January, February, 1000, "2"));
        Assert.Equal(amount, Rating.Closed("Weather", closed).SingleOrDefault()?.Amount);
    }

    [Fact]
    public void With_a_unit_price_too_the_units_up_to_the_limit_cost_it_and_those_above_the_overage()
    {
        var closed = Closed(Plans.Of(model: "unit", unitAmount: "1"), new PeriodUsage("transactions", 120, January, February, 100, "3"));
        Assert.Equal([("usage", 100L), ("overage", 60L)], Rating.Closed("Weather", closed).Select(l => (l.Kind, l.Amount)));
    }

    [Theory]
    [InlineData("0.5", 1, 1)]
    [InlineData("0.5", 3, 2)]
    [InlineData("0.49", 1, 0)]
    [InlineData("0.000000000001", 1_000_000_000_000, 1)]
    [InlineData("2.5", 1, 3)]
    public void A_line_is_rounded_once_half_away_from_zero(string price, long quantity, long amount)
    {
        var closed = Closed(Plans.Of(model: "unit", unitAmount: price), new PeriodUsage("transactions", quantity, January, February, null, null));
        Assert.Equal(amount, Rating.Closed("Weather", closed).Sum(l => l.Amount));
    }

    [Theory]
    [InlineData(1, "usd", "0.01 USD")]
    [InlineData(0.5, "usd", "0.005 USD")]
    [InlineData(5, "jpy", "5 JPY")]
    [InlineData(0.25, "jpy", "0.25 JPY")]
    [InlineData(1500, "kwd", "1.500 KWD")]
    [InlineData(1500, "iqd", "1.500 IQD")]
    [InlineData(1500, "lyd", "1.500 LYD")]
    [InlineData(1500, "ugx", "15.00 UGX")]
    public void Prices_are_printed_with_their_currency_s_decimals(double minor, string currency, string text) =>
        Assert.Equal(text, Currencies.Print((decimal)minor, currency));

    [Fact]
    public void Every_line_is_the_exact_product_rounded_once_and_never_off_by_more_than_half_a_minor_unit() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<NonNegativeInt>(), Gen.Choose(0, 12).ToArbitrary(),
            (quantity, mantissa, places) =>
            {
                var price = new decimal(mantissa.Get, 0, 0, false, (byte)places);
                var text = price.ToString(System.Globalization.CultureInfo.InvariantCulture);
                var closed = Closed(Plans.Of(model: "unit", unitAmount: text), new PeriodUsage("transactions", quantity.Get, January, February, null, null));
                var exact = quantity.Get * price;
                var amount = Rating.Closed("Weather", closed).Sum(l => l.Amount);
                return Math.Abs(amount - exact) <= 0.5m && (amount - exact != -0.5m);
            }).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    [Fact]
    public void More_usage_never_costs_less() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<PositiveInt>(),
            (quantity, more, limit) => Cost(quantity.Get) <= Cost((long)quantity.Get + more.Get) && Cost(0) == 0).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    private static long Cost(long quantity) =>
        Rating.Closed("Weather", Closed(Plans.Of(model: "unit", unitAmount: "0.7"), new PeriodUsage("transactions", quantity, January, February, 1000, "1.3"))).Sum(l => l.Amount);

    private static MeteringPeriodClosed Closed(PlanSnapshot plan, params PeriodUsage[] usage) =>
        new("clo_1", "sub_1", "org_1", "period_end", plan, January, February, February, March, usage, February.AddHours(2));
}
