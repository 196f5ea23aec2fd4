using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Subscriptions;

/// <summary>Units of one API in one period: how many a closure has carried to Invoicing before, and how many wait.</summary>
public sealed record ApiUnits(string ApiId, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, long Before, long Waiting);

/// <summary>Sorts metered calls into what is charged: each call counts once, under the quota whose overage it may cause, else under its unit.</summary>
public static class MeteredUnits
{
    /// <summary>The unit of a call that no quota names.</summary>
    public const string Transactions = "transactions";

    /// <summary>One entry per period and unit or overage quota, oldest period first. The limit of late entries is what earlier closures left of it,
    /// so that overage comes out as if everything had come in time.</summary>
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
               entry.Key.Quota?.Limit is { } limit ? Math.Max(0, limit - entry.Sum(a => a.Before)) : null,
               entry.Key.Quota?.Overage),
    ];

    private static QuotaSnapshot? QuotaOf(PlanSnapshot plan, string apiId)
    {
        var covering = plan.Quotas.Where(q => q.Interval == "period" && (q.ApiIds.Count == 0 || q.ApiIds.Contains(apiId))).ToList();
        return covering.Find(q => q.Overage is not null) ?? covering.FirstOrDefault();
    }
}
