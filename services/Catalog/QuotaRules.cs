using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>What a plan's quotas may say.</summary>
public static class QuotaRules
{
    /// <summary>Why one of the quotas contradicts itself, another one or the plan, or null.</summary>
    public static ProblemHttpResult? Refusal(CreatePlanRequest terms, PlanSetting setting)
    {
        var quotas = terms.Quotas ?? [];
        var taken = new HashSet<(string Unit, string Api)>();
        for (var i = 0; i < quotas.Count; i++)
        {
            var quota = quotas[i];
            var covers = quota.ApiIds is { Count: > 0 } named ? named.Distinct(StringComparer.Ordinal).ToList() : [.. setting.ApiIds];
            if (quota.Unit != PlanRules.Transactions && !setting.Units.Contains(quota.Unit))
            {
                return Problems.ConsumptionUnitUnknown($"quotas[{i}].unit", quota.Unit);
            }

            if (OfQuota(terms, quota, i) is { } refusal)
            {
                return refusal;
            }

            if (covers.Find(api => !setting.ApiIds.Contains(api)) is { } unknown)
            {
                return Problems.QuotaApiUnknown(i, unknown);
            }

            if (!covers.TrueForAll(api => taken.Add((quota.Unit, api))))
            {
                return Problems.QuotaOverlap(i);
            }
        }

        return null;
    }

    /// <summary>A quota as it is stored and announced.</summary>
    public static QuotaSnapshot Snapshot(QuotaTerms quota, TimeProvider clock) => new(
        Ids.New("quo", clock), quota.Unit, quota.Limit, quota.Kind, quota.Interval, quota.Overage, [.. (quota.ApiIds ?? []).Distinct(StringComparer.Ordinal)]);

    /// <summary>Whether a quota counts in windows other than the billing period.</summary>
    public static bool HasOwnInterval(QuotaTerms quota, BillingPeriod? period) =>
        quota.Interval != "period" && Length(quota.Interval, 1) != Length(period?.Unit ?? "month", period?.Count ?? 1);

    private static ProblemHttpResult? OfQuota(CreatePlanRequest terms, QuotaTerms quota, int index) => quota switch
    {
        { Kind: "loose" } when terms.Price.Model == "free" => Problems.FreePlanLooseQuota(index),
        { Kind: "loose" } when terms.Price.Model == "custom" => Problems.CustomPlanPriced($"quotas[{index}].kind"),
        { Kind: "loose" } when terms.Price.Model == PlanSeats.Model => Problems.QuotaInvalid(index, "kind", "A price per seat charges no usage: nothing above the limit could be charged. Its quotas are strict."),
        { Kind: "strict", Overage: not null } => Problems.QuotaInvalid(index, "overage", "A strict quota stops at its limit: it has no overage."),
        { Kind: "loose", Limit: null } => Problems.QuotaInvalid(index, "limit", "A loose quota needs the limit above which overage is charged. An unlimited one is strict and has no limit."),
        { Kind: "loose", Overage: not null } when IsCharged(quota, terms.Price) =>
            Problems.QuotaInvalid(index, "overage", $"Every one of the {quota.Unit} of this plan is charged its price already; an overage would charge it twice."),
        { Kind: "loose", Overage: null } when !IsCharged(quota, terms.Price) => Problems.QuotaInvalid(index, "overage", "A loose quota needs the price of what goes above it."),
        { Kind: "loose" } when MayOutlast(quota.Interval, terms.BillingPeriod) => Problems.LooseQuotaOutlastsPeriod(index),
        _ => null,
    };

    private static bool IsCharged(QuotaTerms quota, PriceTerms price) => PriceRules.IsPerUse(price) && quota.Unit == (price.Unit ?? PlanRules.Transactions);

    // Of months and years only the calendar knows how many days they have: a period of days is long enough for a month when it is for the longest one. Every
    // month is longer than a day and a week.
    private static bool MayOutlast(string interval, BillingPeriod? period)
    {
        var (quota, billed) = (Length(interval, 1), Length(period?.Unit ?? "month", period?.Count ?? 1));
        return quota.Months == 0 ? billed.Months == 0 && quota.Days > billed.Days
            : billed.Months > 0 ? quota.Months > billed.Months
            : billed.Days < (quota.Months == 1 ? 31 : 366);
    }

    private static (int Months, int Days) Length(string unit, int count) => unit switch
    {
        "day" => (0, count), "week" => (0, 7 * count), "month" => (count, 0), "year" => (12 * count, 0), _ => (0, 0),
    };
}
