using System.Globalization;
using Marketplace.Catalog.Releases;
using Marketplace.Contracts.Catalog;

namespace Marketplace.Catalog.Migrations;

/// <summary>What subscribers lose or pay more by a migration: pure functions of the two products as they were last released.</summary>
public static class MigrationWarnings
{
    /// <summary>Every warning, the products' first.</summary>
    public static IReadOnlyList<MigrationWarning> Of(IReadOnlyList<PublishedApi> before, IReadOnlyList<PublishedApi> after, IEnumerable<(Plan Source, Plan Target)> plans) =>
        [.. OfApis(before, after), .. plans.SelectMany(pair => OfPlans(pair.Source, pair.Target))];

    private static IEnumerable<MigrationWarning> OfApis(IReadOnlyList<PublishedApi> before, IReadOnlyList<PublishedApi> after)
    {
        foreach (var api in before)
        {
            if (after.FirstOrDefault(a => a.ApiId == api.ApiId) is not { } kept)
            {
                yield return new("api_missing", null, $"API '{api.Title}' ({api.ApiId}) is not part of the target: its access and keys end.");
                continue;
            }

            foreach (var resource in ReleaseComparison.Missing(api.Resources, kept.Resources))
            {
                yield return new("resource_missing", null, $"{resource.Method} {resource.Path} of API '{api.Title}' is not part of the target.");
            }
        }
    }

    private static IEnumerable<MigrationWarning> OfPlans(Plan source, Plan target)
    {
        if ((source.PeriodUnit, source.PeriodCount) != (target.PeriodUnit, target.PeriodCount) && source.IsPaid && target.IsPaid)
        {
            yield return new("period_differs", source.Id, $"'{target.Title}' has another billing period: periods begin anew with the move, unless it waits for their end.");
        }

        var (before, after) = (PerDay(source), PerDay(target));
        if (after > before || (!source.IsPaid && target.IsPaid))
        {
            yield return new("costs_more", source.Id, $"'{target.Title}' has a higher base price than '{source.Title}'.");
        }

        if (target.IsPaid && Usage(source) != Usage(target))
        {
            yield return IsHigher(source, target)
                ? new("costs_more", source.Id, $"A unit costs {target.UnitAmount} minor units in '{target.Title}' and {source.UnitAmount ?? "0"} in '{source.Title}'.")
                : new("price_differs", source.Id, $"'{target.Title}' prices usage otherwise than '{source.Title}'.");
        }

        foreach (var quota in target.QuotaList.Where(q => q.Limit is not null))
        {
            var same = source.QuotaList.Where(q => q.Unit == quota.Unit && q.Interval == quota.Interval).ToList();
            if (same.Count == 0 || same.Exists(q => q.Limit is null || q.Limit > quota.Limit))
            {
                yield return new("quota_lower", source.Id, $"'{target.Title}' allows {quota.Limit} {quota.Unit} per {quota.Interval}, less than '{source.Title}'.");
            }
        }

        if (target.RateLimit is { } limit && (source.RateLimit is not { } had || (double)limit / target.RateLimitSeconds!.Value < (double)had / source.RateLimitSeconds!.Value))
        {
            yield return new("rate_limit_lower", source.Id, $"'{target.Title}' allows fewer calls per second than '{source.Title}'.");
        }

        if (source.TrialDays > 0 && target is { TrialDays: 0, IsPaid: true })
        {
            yield return new("trial_ends", source.Id, $"'{target.Title}' has no trial: running trials end with the move.");
        }
    }

    private static decimal PerDay(Plan plan) => !plan.IsPaid ? 0 : plan.Base / (plan.PeriodCount * plan.PeriodUnit switch { "day" => 1m, "week" => 7m, "month" => 365.25m / 12, _ => 365.25m });

    private static (string, string?, string?, long?, string?, long?, long?) Usage(Plan plan) =>
        (plan.PriceModel is "free" or "custom" ? "flat" : plan.PriceModel, plan.UnitAmount, plan.Tiers, plan.PackageSize, plan.PriceUnit, plan.MinimumCharge, plan.MaximumCharge);

    private static bool IsHigher(Plan source, Plan target) => target is { PriceModel: "unit", UnitAmount: { } amount } && source.PriceModel is "unit" or "flat" or "free"
        && decimal.Parse(amount, CultureInfo.InvariantCulture) > decimal.Parse(source.UnitAmount ?? "0", CultureInfo.InvariantCulture);
}
