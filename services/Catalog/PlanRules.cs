using System.Globalization;
using System.Text.Json;
using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>What a plan may say, beyond the form of each field. The only copy of these rules.</summary>
public static class PlanRules
{
    // Shown nowhere: a free plan has no amount.
    private const string FreeCurrency = "usd";

    /// <summary>Why the terms contradict themselves or the product, or null.</summary>
    /// <param name="terms">The plan as it was asked for.</param>
    /// <param name="apiIds">The product's APIs.</param>
    public static ProblemHttpResult? Refusal(CreatePlanRequest terms, IReadOnlyCollection<string> apiIds) =>
        OfCurrency(terms) ?? OfPrice(terms) ?? OfQuotas(terms, apiIds);

    /// <summary>The ids of a product's APIs, in their order.</summary>
    public static Task<IReadOnlyList<string>> ApisOf(Transaction transaction, string productId, CancellationToken cancellation) =>
        transaction.Query<string>("select api_id from product_apis where product_id = @productId order by ordinal", new { productId }, cancellation);

    /// <summary>A draft with these terms, still without its name.</summary>
    public static Plan Draft(string id, string productId, CreatePlanRequest terms, TimeProvider clock) => new()
    {
        Id = id,
        ProductId = productId,
        Name = "",
        Title = terms.Title.Trim(),
        Status = PlanStatus.Draft,
        Currency = terms.Currency?.ToLowerInvariant() ?? FreeCurrency,
        PeriodUnit = terms.BillingPeriod?.Unit ?? "month",
        PeriodCount = terms.BillingPeriod?.Count ?? 1,
        PriceModel = terms.Price.Model,
        Base = Money.Minor(terms.Price.Base),
        UnitAmount = terms.Price.UnitAmount,
        SetupFee = Money.Minor(terms.SetupFee),
        TrialDays = terms.TrialDays,
        TermPeriods = terms.TermPeriods is > 0 ? terms.TermPeriods : null,
        Approval = terms.Approval,
        CancelWhenPastDue = terms.CancelWhenPastDue,
        GraceDays = terms.GraceDays,
        PaymentTermDays = terms.PaymentTermDays,
        Quotas = JsonSerializer.Serialize(
            (terms.Quotas ?? []).Select(q => new QuotaSnapshot(Ids.New("quo", clock), q.Unit, q.Limit, q.Kind, q.Interval, q.Overage, [.. (q.ApiIds ?? []).Distinct()])),
            JsonSerializerOptions.Web),
        RateLimit = terms.RateLimit?.Calls,
        RateLimitSeconds = terms.RateLimit?.Seconds,
        Version = 1,
        CreatedAt = clock.GetUtcNow(),
    };

    /// <summary>The terms of a stored plan, to be copied or changed.</summary>
    public static CreatePlanRequest TermsOf(Plan plan) => new(
        plan.Title, new(plan.PriceModel, plan.Base > 0 ? new(plan.Base, plan.Currency) : null, plan.UnitAmount), plan.Currency,
        new(plan.PeriodUnit, plan.PeriodCount), plan.SetupFee > 0 ? new(plan.SetupFee, plan.Currency) : null,
        plan.TrialDays, plan.TermPeriods, plan.Approval, plan.CancelWhenPastDue,
        [.. plan.QuotaList.Select(q => new QuotaTerms(q.Unit, q.Limit, q.Kind, q.Interval, q.Overage, q.ApiIds))],
        plan.RateLimit is null ? null : new(plan.RateLimit, plan.RateLimitSeconds), plan.GraceDays, plan.PaymentTermDays);

    private static ProblemHttpResult? OfCurrency(CreatePlanRequest terms) =>
        terms.Currency is null ? (terms.Price.Model == "free" ? null : Problem.Invalid("currency", "A plan with a price needs a currency."))
        : Currencies.DecimalsOf(terms.Currency) is null ? Problems.CurrencyUnknown(terms.Currency)
        : terms.Price.Base is { } price && !Same(price.Currency, terms.Currency) ? Problems.CurrencyMismatch("price.base.currency")
        : terms.SetupFee is { } fee && !Same(fee.Currency, terms.Currency) ? Problems.CurrencyMismatch("setupFee.currency")
        : null;

    private static ProblemHttpResult? OfPrice(CreatePlanRequest terms) => terms.Price switch
    {
        { Model: not ("free" or "flat" or "unit") } price => Problems.PriceModelUnavailable(price.Model),
        { Tiers: not null } => Problems.PriceIncomplete("price.tiers", "Only graduated and volume prices have tiers."),
        { PackageSize: not null } => Problems.PriceIncomplete("price.packageSize", "Only package prices have a size."),
        { Model: "free" } free => free.Base is not null ? Problems.FreePlanPriced("price.base")
            : free.UnitAmount is not null ? Problems.FreePlanPriced("price.unitAmount")
            : Money.Minor(terms.SetupFee) > 0 ? Problems.FreePlanPriced("setupFee")
            : terms.TrialDays > 0 ? Problems.FreePlanPriced("trialDays")
            : terms.CancelWhenPastDue ? Problems.FreePlanPriced("cancelWhenPastDue")
            : null,
        { Model: "flat" } flat => flat.UnitAmount is not null ? Problems.PriceIncomplete("price.unitAmount", "A flat price has no unit amount. Use model 'unit'.")
            : Money.Minor(flat.Base) == 0 && Money.Minor(terms.SetupFee) == 0 && !Positive(terms.Quotas?.FirstOrDefault(q => Positive(q.Overage))?.Overage)
                ? Problems.PriceIncomplete("price.base", "A flat plan needs a base, a set-up fee or an overage above zero. Use model 'free' for a plan that costs nothing.")
            : null,
        { Model: "unit" } unit => Positive(unit.UnitAmount) ? null : Problems.PriceIncomplete("price.unitAmount", "A plan priced per unit needs a unit amount above zero."),
        _ => null,
    };

    private static ProblemHttpResult? OfQuotas(CreatePlanRequest terms, IReadOnlyCollection<string> apiIds)
    {
        var quotas = terms.Quotas ?? [];
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < quotas.Count; i++)
        {
            var quota = quotas[i];
            var covers = quota.ApiIds is { Count: > 0 } named ? named.Distinct(StringComparer.Ordinal).ToList() : [.. apiIds];
            if (OfQuota(terms, quota, i) is { } refusal)
            {
                return refusal;
            }

            if (covers.Find(api => !apiIds.Contains(api)) is { } unknown)
            {
                return Problems.QuotaApiUnknown(i, unknown);
            }

            if (!covers.TrueForAll(taken.Add))
            {
                return Problems.QuotaOverlap(i);
            }
        }

        return null;
    }

    private static ProblemHttpResult? OfQuota(CreatePlanRequest terms, QuotaTerms quota, int index) => quota switch
    {
        { Unit: not "transactions" } => Problems.ConsumptionUnitUnavailable(index, quota.Unit),
        { Kind: "loose" } when terms.Price.Model == "free" => Problems.FreePlanLooseQuota(index),
        { Kind: "strict", Overage: not null } => Problems.QuotaInvalid(index, "overage", "A strict quota stops at its limit: it has no overage."),
        { Kind: "loose", Limit: null } => Problems.QuotaInvalid(index, "limit", "A loose quota needs the limit above which overage is charged."),
        { Kind: "loose", Overage: null } when terms.Price.Model == "flat" => Problems.QuotaInvalid(index, "overage", "A loose quota needs the price of what goes above it."),
        { Kind: "loose", Overage: not null } when terms.Price.Model == "unit" => Problems.QuotaInvalid(index, "overage", "Every unit of this plan is charged its unit amount already; an overage would charge it twice."),
        { Kind: "loose" } when Days(quota.Interval, 1) > Days(terms.BillingPeriod?.Unit ?? "month", terms.BillingPeriod?.Count ?? 1) => Problems.LooseQuotaOutlastsPeriod(index),
        _ => null,
    };

    private static int Days(string unit, int count) => count * unit switch { "day" => 1, "week" => 7, "month" => 30, "year" => 365, _ => 0 };

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    private static bool Positive(string? amount) => amount is not null && decimal.Parse(amount, CultureInfo.InvariantCulture) > 0;
}
