using System.Text.Json;
using Marketplace.Catalog.Migrations;
using Marketplace.Contracts.Catalog;

namespace Marketplace.Catalog.Tests;

/// <summary>What subscribers lose or pay more by a move from one plan to another.</summary>
public sealed class MigrationWarningTests
{
    private static readonly PublishedApi[] Apis = [new("api_1", "one", "One", "https://example.com", []), new("api_2", "two", "Two", "https://example.com", [])];

    [Fact]
    public void The_same_plan_under_another_id_is_no_reason_to_warn() =>
        Assert.Empty(Codes([Loose(1000, "0.5")], [Loose(1000, "0.5")]));

    [Theory]
    [InlineData("0.5", "0.50", null)]
    [InlineData("0.5", "0.25", null)]
    [InlineData("0.5", "5", "costs_more")]
    public void What_goes_above_a_limit_is_compared_by_its_price(string before, string after, string? code) =>
        Assert.Equal(code is null ? [] : [code], Codes([Loose(1000, before)], [Loose(1000, after)]));

    [Fact]
    public void A_limit_that_stops_calls_is_told_from_one_that_charges_them()
    {
        Assert.Equal(["quota_stops"], Codes([Loose(1000, "0.5")], [Strict(1000)]));
        Assert.Equal(["costs_more"], Codes([Strict(1000)], [Loose(1000, "0.5")]));
        Assert.Equal(["quota_lower", "costs_more"], Codes([], [Loose(1000, "0.5")]));
        Assert.Empty(Codes([Strict(1000)], []));
    }

    [Fact]
    public void Limits_are_compared_API_by_API()
    {
        Assert.Empty(Codes([Strict(1000)], [Strict(1000, "api_1"), Strict(1000, "api_2")]));
        Assert.Equal(["quota_lower"], Codes([Strict(1000, "api_1"), Strict(1000, "api_2")], [Strict(1000)]));
        Assert.Equal(["quota_lower"], Codes([Strict(5000, "api_1"), Strict(500, "api_2")], [Strict(500, "api_1"), Strict(5000, "api_2")]));
        Assert.Equal(["quota_lower"], Codes([Strict(1000, "api_1")], [Strict(1000)]));
        Assert.Equal(["quota_lower"], Codes([Strict(1000) with { Interval = "month" }], [Strict(1000) with { Interval = "year" }]));
        // An API that only the target has takes nothing from the others.
        Assert.Empty(MigrationWarnings.Of(Apis[..1], Apis, [(Make([Strict(1000)]), Make([Strict(1000), Strict(10, "api_2") with { Unit = "x" }]))]));
    }

    [Fact]
    public void Terms_and_bursts_are_compared()
    {
        Assert.Equal(["term_differs"], Codes(Make([]), Make([]) with { TermPeriods = 12 }));
        Assert.Equal(["term_differs"], Codes(Make([]) with { TermPeriods = 12 }, Make([])));
        Assert.Empty(Codes(Make([]) with { TermPeriods = 12 }, Make([]) with { TermPeriods = 12 }));
        Assert.Equal(["rate_limit_lower"], Codes(Make([]), Make([]) with { BurstLimit = 10, BurstSeconds = 1 }));
        Assert.Equal(["rate_limit_lower"], Codes(Make([]) with { BurstLimit = 20, BurstSeconds = 1 }, Make([]) with { BurstLimit = 10, BurstSeconds = 1 }));
        Assert.Empty(Codes(Make([]) with { BurstLimit = 10, BurstSeconds = 1 }, Make([])));
    }

    [Fact]
    public void Amounts_of_a_whole_period_are_named_where_a_move_cuts_it()
    {
        var plain = Make([]);
        foreach (var plan in (Plan[])[plain with { MinimumCharge = 100 }, plain with { MaximumCharge = 100 }, plain with { PriceModel = "graduated", Tiers = """[{"unitAmount":"1","flatAmount":"300"}]""" }])
        {
            Assert.Equal(["charged_in_parts"], Codes(plan, plan));
            Assert.Contains("charged_in_parts", Codes(plain, plan));
            Assert.Contains("charged_in_parts", Codes(plan, plain));
            // Its periods begin anew with the move: there is no part of one.
            Assert.DoesNotContain("charged_in_parts", Codes(plain, plan with { PeriodUnit = "year" }));
            Assert.DoesNotContain("charged_in_parts", Codes(plain with { PriceModel = "free" }, plan));
            Assert.Contains("charged_in_parts", Codes(plan, plain with { PeriodUnit = "year" }));
        }
    }

    private static List<string> Codes(QuotaSnapshot[] before, QuotaSnapshot[] after) => Codes(Make(before), Make(after));

    private static List<string> Codes(Plan source, Plan target) => [.. MigrationWarnings.Of(Apis, Apis, [(source, target)]).Select(w => w.Code)];

    private static QuotaSnapshot Strict(long limit, params string[] apis) => new("quo_1", "transactions", limit, "strict", "period", null, apis);

    private static QuotaSnapshot Loose(long limit, string overage) => new("quo_2", "transactions", limit, "loose", "period", overage, []);

    private static Plan Make(QuotaSnapshot[] quotas) => new()
    {
        Id = "pln_1", ProductId = "prd_1", Name = "plan", Title = "Plan", Status = PlanStatus.Active, Currency = "usd", PeriodUnit = "month", PeriodCount = 1, PriceModel = "flat",
        Base = 2500, SetupFee = 0, TrialDays = 0, Approval = "automatic", CancelWhenPastDue = false, GraceDays = 3, PaymentTermDays = 7,
        Quotas = JsonSerializer.Serialize(quotas, JsonSerializerOptions.Web), Version = 1, CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
