using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Subscriptions;

/// <summary>Units of one API on one day of a period: how many a closure has carried to Invoicing before, and how many wait.</summary>
public sealed record ApiUnits(
    string ApiId, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, DateOnly Day, long Before, long Waiting, string Unit = MeteredUnits.Transactions);

/// <summary>Sorts metered units into what is charged: each counts once, under the quota whose overage it may cause, else under its unit.</summary>
public static class MeteredUnits
{
    /// <summary>The unit that every successful call is one of.</summary>
    public const string Transactions = "transactions";

    /// <summary>The units of one's own that a plan meters: those that its price or a quota names.</summary>
    public static IReadOnlyList<string> OwnUnits(PlanSnapshot plan) =>
        [.. plan.Quotas.Select(q => q.Unit).Append(plan.Price.Unit ?? Transactions).Where(u => u != Transactions).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>One entry per period and unit or overage quota, oldest period first. The limit of an entry with overage is what it includes, so that
    /// its overage comes out as if everything had come in time, also where the quota's windows are shorter than the period. Of a period with late usage, what was
    /// carried before comes along, also of units of which nothing is late: the period is rated whole.</summary>
    public static IReadOnlyList<PeriodUsage> Of(PlanSnapshot plan, IEnumerable<ApiUnits> units) =>
    [
        .. from api in units
           let quota = QuotaOf(plan, api)
           group api by (api.PeriodStart, api.PeriodEnd, api.Unit, Quota: quota) into entry
           let waiting = entry.Sum(a => a.Waiting)
           let above = entry.Key.Quota is { Limit: { } limit, Overage: not null } quota ? Excess(quota, limit, entry) : default
           orderby entry.Key.PeriodStart, entry.Key.Unit, entry.Key.Quota?.QuotaId
           select new PeriodUsage(
               entry.Key.Unit, waiting, entry.Key.PeriodStart, entry.Key.PeriodEnd,
               entry.Key.Quota?.Overage is null ? entry.Key.Quota?.Limit : waiting - above.New, entry.Key.Quota?.Overage, entry.Sum(a => a.Before), above.Before),
    ];

    private static QuotaSnapshot? QuotaOf(PlanSnapshot plan, ApiUnits units)
    {
        var covering = plan.Quotas.Where(q => q.Unit == units.Unit && (q.ApiIds.Count == 0 || q.ApiIds.Contains(units.ApiId))).ToList();
        return covering.Find(q => q is { Overage: not null, Limit: not null }) ?? covering.Find(q => q is { Interval: "period", Overage: null });
    }

    // How many units lay above the limit after the last closure, and how many more do now. A window that reaches over a period's end is counted in each part alone.
    private static (long Before, long New) Excess(QuotaSnapshot quota, long limit, IEnumerable<ApiUnits> units)
    {
        var windows = (from unit in units
                       let day = new DateTimeOffset(unit.Day, TimeOnly.MinValue, TimeSpan.Zero)
                       group unit by QuotaWindow.At(quota.Interval, day, (unit.PeriodStart, unit.PeriodEnd)).Start into window
                       let before = window.Sum(u => u.Before)
                       select (Before: Math.Max(0, before - limit), All: Math.Max(0, before + window.Sum(u => u.Waiting) - limit))).ToList();
        return (windows.Sum(w => w.Before), windows.Sum(w => w.All - w.Before));
    }
}
