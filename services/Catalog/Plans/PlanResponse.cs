using System.Globalization;
using Marketplace.Contracts.Catalog;

namespace Marketplace.Catalog.Plans;

/// <summary>A plan as it is answered: its terms, where it stands, and how to show it.</summary>
/// <param name="Subscriptions">Live subscriptions as last heard from Subscriptions.</param>
public sealed record PlanResponse(
    string Id, string ProductId, string Name, string Title, PlanStatus Status, string Currency, BillingPeriod BillingPeriod, PlanPrice Price, Money? SetupFee,
    int TrialDays, int? TermPeriods, string Approval, bool CancelWhenPastDue, int GraceDays, int PaymentTermDays,
    IReadOnlyList<QuotaSnapshot> Quotas, RateLimit? RateLimit, PlanDisplay Display, long Subscriptions,
    DateTimeOffset CreatedAt, DateTimeOffset? ActivatedAt, DateTimeOffset? DeprecatedAt, DateTimeOffset? ArchivedAt)
{
    /// <summary>The plan as its provider sees it.</summary>
    public static PlanResponse Of(Plan plan) => new(
        plan.Id, plan.ProductId, plan.Name, plan.Title, plan.Status, plan.Currency, new(plan.PeriodUnit, plan.PeriodCount), PlanPrice.Of(plan),
        plan.SetupFee > 0 ? new(plan.SetupFee, plan.Currency) : null, plan.TrialDays, plan.TermPeriods, plan.Approval, plan.CancelWhenPastDue,
        plan.GraceDays, plan.PaymentTermDays, plan.QuotaList, plan.RateLimit is null ? null : new(plan.RateLimit, plan.RateLimitSeconds),
        PlanDisplay.Of(plan), plan.Live, plan.CreatedAt, plan.ActivatedAt, plan.DeprecatedAt, plan.ArchivedAt);
}

/// <summary>What a plan costs.</summary>
/// <param name="Base">Charged per period in advance; null where nothing is.</param>
/// <param name="UnitAmount">Price of one call in minor units; null where nothing is charged per call.</param>
public sealed record PlanPrice(string Model, Money? Base, string? UnitAmount)
{
    /// <summary>The price of a stored plan.</summary>
    public static PlanPrice Of(Plan plan) => new(plan.PriceModel, plan.Base > 0 ? new(plan.Base, plan.Currency) : null, plan.UnitAmount);
}

/// <summary>A plan in words that a page can show as they are (English); the plan's own fields are there to say it otherwise.</summary>
/// <param name="Free">Whether it costs nothing at all.</param>
/// <param name="Price">"Free", "$25.00 per month", "$10.00 per 3 months", "$0.01 per call".</param>
/// <param name="SetupFee">"$10.00 once", or null.</param>
/// <param name="Trial">"No trial period", "14 days trial period"; null for a free plan.</param>
/// <param name="Quotas">"1000 calls per month", "Unlimited calls", one per quota.</param>
/// <param name="RateLimit">"10 calls per 1 second", or null.</param>
/// <param name="CurrencyDecimals">How many decimals the currency has, to format amounts by locale.</param>
public sealed record PlanDisplay(bool Free, string Price, string? SetupFee, string? Trial, IReadOnlyList<string> Quotas, string? RateLimit, int CurrencyDecimals)
{
    /// <summary>How a stored plan is shown.</summary>
    public static PlanDisplay Of(Plan plan) => new(
        !plan.IsPaid, PriceOf(plan),
        plan.SetupFee > 0 ? $"{Currencies.Show(plan.SetupFee, plan.Currency)} once" : null,
        !plan.IsPaid ? null : plan.TrialDays == 0 ? "No trial period" : $"{Count(plan.TrialDays, "day")} trial period",
        plan.QuotaList is { Count: > 0 } quotas ? [.. quotas.Select(q => QuotaOf(q, plan))] : ["Unlimited calls"],
        plan.RateLimit is { } calls ? $"{Count(calls, "call")} per {Count(plan.RateLimitSeconds!.Value, "second")}" : null,
        Currencies.DecimalsOf(plan.Currency)!.Value);

    private static string PriceOf(Plan plan)
    {
        if (!plan.IsPaid)
        {
            return "Free";
        }

        var perPeriod = $"{Currencies.Show(plan.Base, plan.Currency)} per {Period(plan.PeriodUnit, plan.PeriodCount)}";
        if (plan.UnitAmount is null)
        {
            return perPeriod;
        }

        var perCall = $"{Currencies.Show(decimal.Parse(plan.UnitAmount, CultureInfo.InvariantCulture), plan.Currency)} per call";
        return plan.Base > 0 ? $"{perPeriod} + {perCall}" : perCall;
    }

    private static string QuotaOf(QuotaSnapshot quota, Plan plan)
    {
        if (quota.Limit is not { } limit)
        {
            return "Unlimited calls";
        }

        var allowed = $"{Count(limit, "call")} per {(quota.Interval == "period" ? Period(plan.PeriodUnit, plan.PeriodCount) : quota.Interval)}";
        return quota.Overage is null ? allowed
            : $"{allowed}, then {Currencies.Show(decimal.Parse(quota.Overage, CultureInfo.InvariantCulture), plan.Currency)} per call";
    }

    private static string Period(string unit, int count) => count == 1 ? unit : Count(count, unit);

    private static string Count(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
