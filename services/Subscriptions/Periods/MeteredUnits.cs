using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Subscriptions;

/// <summary>Units of one API on one day of a period: how many a closure has carried to Invoicing before, and how many wait.</summary>
public sealed record ApiUnits(string ApiId, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, DateOnly Day, long Before, long Waiting);

/// <summary>Sorts metered calls into what is charged: each call counts once, under the quota whose overage it may cause, else under its unit.</summary>
public static class MeteredUnits
{
    /// <summary>The unit of a call that no quota names.</summary>
    public const string Transactions = "transactions";

    /// <summary>One entry per period and unit or overage quota, oldest period first. The limit of an entry with overage is what it includes, so that
    /// its overage comes out as if everything had come in time, also where the quota's windows are shorter than the period.</summary>
    public static IReadOnlyList<PeriodUsage> Of(PlanSnapshot plan, IEnumerable<ApiUnits> units) =>
    [
        .. from api in units
           let quota = QuotaOf(plan, api.ApiId)
           group api by (api.PeriodStart, api.PeriodEnd, Unit: quota?.Unit ?? Transactions, Quota: quota) into entry
           let waiting = entry.Sum(a => a.Waiting)
           where waiting > 0
           orderby entry.Key.PeriodStart, entry.Key.Unit, entry.Key.Quota?.QuotaId
           select new PeriodUsage(
               entry.Key.Unit, waiting, entry.Key.PeriodStart, entry.Key.PeriodEnd,
               entry.Key.Quota is { Limit: { } limit, Overage: not null } quota ? waiting - NewExcess(quota, limit, entry) : entry.Key.Quota?.Limit,
               entry.Key.Quota?.Overage),
    ];

    private static QuotaSnapshot? QuotaOf(PlanSnapshot plan, string apiId)
    {
        var covering = plan.Quotas.Where(q => q.ApiIds.Count == 0 || q.ApiIds.Contains(apiId)).ToList();
        return covering.Find(q => q.Overage is not null) ?? covering.Find(q => q.Interval == "period");
    }

    // How many units more than after the last closure lie above the limit. A window that reaches over a period's end is counted in each part alone.
    private static long NewExcess(QuotaSnapshot quota, long limit, IEnumerable<ApiUnits> units) =>
        (from unit in units
         let day = new DateTimeOffset(unit.Day, TimeOnly.MinValue, TimeSpan.Zero)
         group unit by QuotaWindow.At(quota.Interval, day, (unit.PeriodStart, unit.PeriodEnd)).Start into window
         let before = window.Sum(u => u.Before)
         select Math.Max(0, before + window.Sum(u => u.Waiting) - limit) - Math.Max(0, before - limit)).Sum();
}
