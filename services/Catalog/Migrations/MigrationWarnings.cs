using System.Globalization;
using Marketplace.Catalog.Releases;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;

namespace Marketplace.Catalog.Migrations;

/// <summary>What subscribers lose or pay more by a migration: pure functions of the two products as they were last released.</summary>
public static class MigrationWarnings
{
    /// <summary>Every warning, the products' first.</summary>
    public static IReadOnlyList<MigrationWarning> Of(IReadOnlyList<PublishedApi> before, IReadOnlyList<PublishedApi> after, IEnumerable<(Plan Source, Plan Target)> plans) =>
        [.. OfApis(before, after), .. plans.SelectMany(pair => OfPlans(pair.Source, pair.Target).Concat(OfQuotas(pair.Source, pair.Target, [.. before.Select(a => a.ApiId)], [.. after.Select(a => a.ApiId)])))];

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
        if (!HaveOnePeriod(source, target) && source.IsPaid && target.IsPaid)
        {
            yield return new("period_differs", source.Id, $"'{target.Title}' has another billing period: periods begin anew with the move, unless it waits for their end.");
        }

        // Between two prices per seat a seat is compared, for subscribers keep theirs; else the least of them.
        var bothSeats = source.MinimumSeats is not null && target.MinimumSeats is not null;
        var (before, after) = (PerDay(source, bothSeats), PerDay(target, bothSeats));
        if (after > before || (!source.IsPaid && target.IsPaid))
        {
            yield return new("costs_more", source.Id, $"'{target.Title}' has a higher base price than '{source.Title}'.");
        }

        if (SeatsOf(source, target) is { } seats)
        {
            yield return new("seats_differ", source.Id, seats);
        }

        if (target.IsPaid && Usage(source) != Usage(target))
        {
            yield return IsHigher(source, target)
                ? new("costs_more", source.Id, $"A unit costs {target.UnitAmount} minor units in '{target.Title}' and {source.UnitAmount ?? "0"} in '{source.Title}'.")
                : new("price_differs", source.Id, $"'{target.Title}' prices usage otherwise than '{source.Title}'.");
        }

        if (CountsByPeriod(source) || (CountsByPeriod(target) && source.IsPaid && HaveOnePeriod(source, target)))
        {
            yield return new("charged_in_parts", source.Id, $"Whoever is moved inside a period pays the least that usage costs, and fixed amounts of tiers, for each part of it, by '{source.Title}' and by '{target.Title}'; the most that it costs counts for each part too. A move that waits for the period's end has no parts.");
        }

        if (source.TermPeriods != target.TermPeriods)
        {
            yield return new("term_differs", source.Id, target.TermPeriods is { } term
                ? $"Subscriptions to '{target.Title}' end by themselves {term} periods after the move; those to '{source.Title}' {(source.TermPeriods is { } had ? $"end after {had}" : "do not")}."
                : $"Subscriptions to '{target.Title}' renew until they are cancelled; those to '{source.Title}' end after {source.TermPeriods} periods.");
        }

        if (IsSlower(target.RateLimit, target.RateLimitSeconds, source.RateLimit, source.RateLimitSeconds))
        {
            yield return new("rate_limit_lower", source.Id, $"'{target.Title}' allows fewer calls per second than '{source.Title}'.");
        }

        if (IsSlower(target.BurstLimit, target.BurstSeconds, source.BurstLimit, source.BurstSeconds))
        {
            yield return new("rate_limit_lower", source.Id, $"'{target.Title}' allows smaller bursts of calls than '{source.Title}'.");
        }

        if (source.TrialDays > 0 && target is { TrialDays: 0, IsPaid: true })
        {
            yield return new("trial_ends", source.Id, $"'{target.Title}' has no trial: running trials end with the move.");
        }
    }

    // A unit of an API belongs to one quota at most: each limit is held against those that the same APIs had before.
    private static IEnumerable<MigrationWarning> OfQuotas(Plan source, Plan target, string[] before, string[] after)
    {
        var old = source.QuotaList;
        foreach (var quota in target.QuotaList.Where(q => q.Limit is not null))
        {
            var kept = Covered(quota, after).Intersect(before).ToList();
            if (kept.Count == 0 && before.Intersect(after).Any())
            {
                continue;
            }

            // Of products without an API in common the units are compared as a whole. Null is what was not limited.
            List<QuotaSnapshot?> had = kept.Count == 0 ? [.. old.Where(q => q.Unit == quota.Unit).DefaultIfEmpty()]
                : [.. kept.Select(api => old.FirstOrDefault(q => q.Unit == quota.Unit && Covered(q, before).Contains(api))).Distinct()];
            if (had.Exists(q => q?.Limit is null || q.Limit > quota.Limit || q.Interval != quota.Interval || kept.Except(Covered(q, before)).Any()))
            {
                yield return new("quota_lower", source.Id, $"'{target.Title}' allows {quota.Limit} {quota.Unit} per {quota.Interval}, less than '{source.Title}', or in another interval or for more APIs together.");
            }

            if (quota.Kind == "strict" && had.Exists(q => q?.Kind == "loose"))
            {
                yield return new("quota_stops", source.Id, $"'{target.Title}' refuses calls above {quota.Limit} {quota.Unit} per {quota.Interval}; '{source.Title}' lets them through.");
            }

            if (had.Exists(q => Amount(quota.Overage) > Amount(q?.Overage)))
            {
                yield return new("costs_more", source.Id, $"Above {quota.Limit} {quota.Unit} per {quota.Interval} a unit costs {quota.Overage} minor units in '{target.Title}', more than in '{source.Title}'.");
            }
        }
    }

    private static bool HaveOnePeriod(Plan source, Plan target) => (source.PeriodUnit, source.PeriodCount) == (target.PeriodUnit, target.PeriodCount);

    // What is charged of a period however long it is.
    private static bool CountsByPeriod(Plan plan) => plan.IsPaid && (plan.MinimumCharge > 0 || plan.MaximumCharge is not null || plan.TierList.Any(tier => Amount(tier.FlatAmount) > 0));

    private static IEnumerable<string> Covered(QuotaSnapshot quota, string[] apis) => quota.ApiIds.Count > 0 ? quota.ApiIds : apis;

    private static decimal Amount(string? text) => decimal.Parse(text ?? "0", CultureInfo.InvariantCulture);

    private static bool IsSlower(int? limit, int? seconds, int? hadLimit, int? hadSeconds) =>
        limit is not null && (hadLimit is null || (double)limit.Value / seconds!.Value < (double)hadLimit.Value / hadSeconds!.Value);

    private static string? SeatsOf(Plan source, Plan target) => (source.MinimumSeats, target.MinimumSeats) switch
    {
        (null, null) => null,
        (not null, null) => $"'{target.Title}' is not sold by seats: subscribers lose theirs, and pay its base price once.",
        (null, { } least) => $"'{target.Title}' is sold by seats: subscribers get {least}, the least of them.",
        _ => target.MinimumSeats > source.MinimumSeats || target.MaximumSeats < source.MaximumSeats
            ? $"'{target.Title}' sells {target.MinimumSeats} to {target.MaximumSeats} seats: subscribers with fewer or more of '{source.Title}' are not moved." : null,
    };

    private static decimal PerDay(Plan plan, bool ofOneSeat) => !plan.IsPaid ? 0 : plan.Base * (ofOneSeat ? 1 : plan.MinimumSeats ?? 1) / (plan.PeriodCount * plan.PeriodUnit switch { "day" => 1m, "week" => 7m, "month" => 365.25m / 12, _ => 365.25m });

    private static (string, string?, string?, long?, string?, long?, long?, bool) Usage(Plan plan) =>
        (plan.PriceModel is "free" or "custom" or PlanSeats.Model ? "flat" : plan.PriceModel, plan.UnitAmount, plan.Tiers, plan.PackageSize, plan.PriceUnit, plan.MinimumCharge, plan.MaximumCharge, plan.TierList.Count > 0 && plan.FlatFeeAtZeroUsage);

    private static bool IsHigher(Plan source, Plan target) => target is { PriceModel: "unit", UnitAmount: { } amount } && source.PriceModel is "unit" or "flat" or PlanSeats.Model or "free"
        && Amount(amount) > Amount(source.UnitAmount);
}
