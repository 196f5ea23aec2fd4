using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using static Marketplace.Invoicing.Tests.Plans;

namespace Marketplace.Invoicing.Tests;

public sealed class ProrationTests
{
    [Theory]
    [InlineData(3_100, 0, 31, 3_100)]
    [InlineData(3_100, 30, 31, 100)]
    [InlineData(3_100, 10, 10, 0)]
    [InlineData(3_100, 20, 10, 0)]
    [InlineData(3_100, -5, 40, 3_100)]
    [InlineData(31, 0, 0.5, 1)] // half a cent goes up
    [InlineData(-31, 0, 0.5, -1)] // and a credit away from zero
    [InlineData(3_100, 0, 0.5, 100, "isk")] // half a króna goes up
    [InlineData(3_100, 0, 0.4, 0, "UGX")]
    [InlineData(-3_100, 0, 1.5, -200, "isk")]
    [InlineData(31, 0, 0.5, 1, "kwd")] // thousandths are a line's, hundredths a total's
    public void A_part_of_a_period_costs_its_share_by_the_second(long amount, double fromDay, double toDay, long share, string currency = "usd") =>
        Assert.Equal(share, Rating.Prorate(amount, currency, (January, February), January.AddDays(fromDay), January.AddDays(toDay)));

    [Fact]
    public void Two_parts_of_a_period_come_to_the_whole_or_one_step_of_the_currency_more() => Prop.ForAll(
        (from currency in Gen.Elements("usd", "jpy", "kwd", "isk", "ugx")
         from steps in Gen.Choose(0, int.MaxValue)
         from cut in Gen.Choose(0, 31 * 86_400)
         select (currency, steps * Currencies.TotalStep(currency), cut)).ToArbitrary(),
        sample =>
        {
            var (currency, amount, cut) = sample;
            var step = Currencies.LineStep(currency);
            long[] parts = [Rating.Prorate(amount, currency, (January, February), January, January.AddSeconds(cut)), Rating.Prorate(amount, currency, (January, February), January.AddSeconds(cut), February)];
            return parts.All(part => part % step == 0 && part <= amount) && (parts.Sum() == amount || parts.Sum() == amount + step);
        }).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    [Fact]
    public void The_largest_amount_over_the_longest_period_does_not_overflow() =>
        Assert.Equal(MinorUnits.MostAmount / 2, Rating.Prorate(MinorUnits.MostAmount, "usd", (January, January.AddYears(1000)), January, January.AddTicks((January.AddYears(1000) - January).Ticks / 2)));
}
