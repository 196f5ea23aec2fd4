using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>What a subscription has used, as reported by the gateways so far.</summary>
/// <param name="Period">The current period; null before approval.</param>
/// <param name="Total">Calls in the current period, over all APIs.</param>
/// <param name="Units">What was used of each unit in the current period, over all APIs: transactions, and what else the plan meters.</param>
public sealed record SubscriptionUsageAnswer(PeriodAnswer? Period, long Total, IReadOnlyList<QuotaUsageAnswer> Quotas, IReadOnlyList<UnitUsageAnswer> Units);

/// <summary>Units used in a period.</summary>
/// <param name="Unit"><c>transactions</c>, or a unit of the provider's own.</param>
public sealed record UnitUsageAnswer(string Unit, long Quantity);

/// <summary>A quota and what its current window has used, also before a plan change inside it.</summary>
/// <param name="Limit">Null for unlimited.</param>
public sealed record QuotaUsageAnswer(
    string QuotaId, string Unit, string Kind, string Interval, long? Limit, long Used, DateTimeOffset WindowStart, DateTimeOffset WindowEnd);

/// <summary>Reads a subscription's usage: whoever may read the subscription.</summary>
public static class ReadUsage
{
    /// <summary>Per quota, in the window of the moment.</summary>
    public static async Task<Results<Ok<SubscriptionUsageAnswer>, ProblemHttpResult>> Handle(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (await ReadSubscriptions.Visible(id, caller, database, cancellation) is not { } subscription)
        {
            return Problem.NotFound("subscription", id);
        }

        if (subscription is not { PeriodStart: { } start, PeriodEnd: { } end })
        {
            return TypedResults.Ok(new SubscriptionUsageAnswer(null, 0, [], []));
        }

        var now = clock.Now();
        var quotas = new List<QuotaUsageAnswer>();
        foreach (var quota in subscription.Plan.Quotas)
        {
            var window = QuotaWindow.At(quota.Interval, now, (start, end));
            var counted = new QuotaInWindow(id, quota, window.Start, window.End);
            var used = await UsedUnits.Sum(database, counted, null, cancellation) + (quota.Kind == "strict" ? await CarriedUnits.Sum(database, subscription, counted, cancellation) : 0);
            quotas.Add(new(quota.QuotaId, quota.Unit, quota.Kind, quota.Interval, quota.Limit, used, window.Start, window.End));
        }

        var sums = await database.Query<UnitUsageAnswer>(
            "select unit, sum(quantity)::bigint as quantity from usage where subscription_id = @id and period_start = @start group by unit", new { id, start }, cancellation);
        string[] metered = [MeteredUnits.Transactions, .. MeteredUnits.OwnUnits(subscription.Plan)];
        UnitUsageAnswer[] units = [.. metered.Select(unit => sums.FirstOrDefault(c => c.Unit == unit) ?? new(unit, 0)), .. sums.Where(c => !metered.Contains(c.Unit))];
        return TypedResults.Ok(new SubscriptionUsageAnswer(new(start, end), units[0].Quantity, quotas, units));
    }
}
