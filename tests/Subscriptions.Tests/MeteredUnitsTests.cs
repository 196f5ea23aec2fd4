using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using Marketplace.Contracts.Catalog;

namespace Marketplace.Subscriptions.Tests;

public sealed class MeteredUnitsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 15, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2026, 2, 15, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_plan_without_quotas_counts_transactions()
    {
        var entry = Assert.Single(MeteredUnits.Of(Plan(), [Units("a", 1, 0, 300), Units("b", 2, 0, 21)]));

        Assert.Equal(("transactions", 321L, null, null), (entry.Unit, entry.Quantity, entry.Limit, entry.Overage));
    }

    [Fact]
    public void A_loose_quota_includes_its_limit()
    {
        var entry = Assert.Single(MeteredUnits.Of(Plan(Loose("period")), [Units("a", 1, 0, 130)]));

        Assert.Equal((130L, 100L, "5"), (entry.Quantity, entry.Limit, entry.Overage));
    }

    [Theory]
    [InlineData(40, 30, 30)] // nothing is above the limit yet
    [InlineData(90, 30, 10)] // 20 of the 30 are above
    [InlineData(150, 30, 0)] // all are above
    public void Late_usage_includes_what_was_left(long before, long late, long included)
    {
        var entry = Assert.Single(MeteredUnits.Of(Plan(Loose("period")), [Units("a", 1, before, late)]));

        Assert.Equal((late, included), (entry.Quantity, entry.Limit));
    }

    [Fact]
    public void A_daily_quota_is_exceeded_by_the_day()
    {
        var entry = Assert.Single(MeteredUnits.Of(Plan(Loose("day")), [Units("a", 1, 0, 130), Units("a", 2, 0, 60), Units("b", 2, 0, 60)]));

        Assert.Equal((250L, 200L), (entry.Quantity, entry.Limit));
    }

    [Fact]
    public void Each_API_counts_under_the_quota_that_charges_it_and_only_once()
    {
        var entries = MeteredUnits.Of(
            Plan(new("q1", "transactions", 10, "loose", "period", "3", ["a"]), new("q2", "transactions", 1000, "strict", "period", null, [])), [Units("a", 1, 0, 12), Units("b", 1, 0, 7)]);

        Assert.Equal([(12L, 10L, "3"), (7L, 1000L, null)], entries.Select(e => (e.Quantity, e.Limit!.Value, e.Overage)));
    }

    [Fact]
    public void Units_of_one_s_own_count_under_their_own_quota_beside_the_calls()
    {
        var entries = MeteredUnits.Of(
            Plan(new("q1", "transactions", 1000, "strict", "period", null, []), new("q2", "x-tokens", 500, "loose", "period", "0.1", [])),
            [Units("a", 1, 0, 12), Units("a", 1, 0, 800) with { Unit = "x-tokens" }]);

        Assert.Equal([("transactions", 12L, 1000L, null), ("x-tokens", 800L, 500L, "0.1")], entries.Select(e => (e.Unit, e.Quantity, e.Limit!.Value, e.Overage)));
    }

    [Fact]
    public void A_plan_meters_the_units_that_its_price_and_quotas_name()
    {
        var plan = Plan(new("q1", "x-images", 10, "strict", "period", null, []), new("q2", "transactions", 10, "strict", "period", null, [])) with
        {
            Price = new("unit", 0, "1", Unit: "x-tokens"),
        };

        Assert.Equal(["x-images", "x-tokens"], MeteredUnits.OwnUnits(plan));
        Assert.Empty(MeteredUnits.OwnUnits(Plan()));
    }

    [Fact]
    public void With_late_usage_comes_what_was_carried_before_of_every_unit()
    {
        var entries = MeteredUnits.Of(Plan(Loose("period")), [Units("a", 1, 130, 20), Units("b", 1, 30, 0) with { Unit = "x-tokens" }]);

        Assert.Equal([("transactions", 20L, 0L, 130L, 30L), ("x-tokens", 0, null, 30, 0)], entries.Select(e => (e.Unit, e.Quantity, e.Limit, e.Before, e.BeforeAbove)));
    }

    [Fact]
    public void Overage_is_the_same_however_usage_is_split_over_closures() => Prop.ForAll(
        (from counts in Gen.Choose(0, 80).ArrayOf(12) from cut in Gen.Choose(0, 12) from interval in Gen.Elements("day", "period") select (counts, cut, interval)).ToArbitrary(),
        sample =>
        {
            var (counts, cut, interval) = sample;
            var plan = Plan(Loose(interval));
            var whole = Excess(plan, counts.Select((c, i) => Units("a", 1 + (i % 3), 0, c)));
            var first = Excess(plan, counts.Take(cut).Select((c, i) => Units("a", 1 + (i % 3), 0, c)));
            var second = Excess(plan, counts.Select((c, i) => i < cut ? Units("a", 1 + (i % 3), c, 0) : Units("a", 1 + (i % 3), 0, c)));
            return whole == first + second;
        }).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    private static long Excess(PlanSnapshot plan, IEnumerable<ApiUnits> units) => MeteredUnits.Of(plan, units).Sum(e => Math.Max(0, e.Quantity - e.Limit!.Value));

    private static ApiUnits Units(string api, int day, long before, long waiting) => new(api, Start, End, new DateOnly(2026, 1, 15 + day), before, waiting);

    private static QuotaSnapshot Loose(string interval) => new("q", "transactions", 100, "loose", interval, "5", []);

    private static PlanSnapshot Plan(params QuotaSnapshot[] quotas) => new(
        "pln", "plan", "Plan", "active", "usd", "month", 1, new("flat", 100, null), 0, 0, null, "automatic", false, 3, 7, quotas, null, null);
}
