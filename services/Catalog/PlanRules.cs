using System.Text.Json;
using Marketplace.Catalog.Plans;
using Marketplace.Catalog.Questions;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>What a plan stands among: what its quotas and price may name.</summary>
/// <param name="ApiIds">The product's APIs, in their order.</param>
/// <param name="Units">The consumption units that the provider made.</param>
public sealed record PlanSetting(IReadOnlyCollection<string> ApiIds, IReadOnlyCollection<string> Units)
{
    /// <summary>Reads it inside a write. The units' rows are held, so that none is deleted while a plan begins to name it.</summary>
    public static async Task<PlanSetting> Hold(Transaction transaction, Product product, CancellationToken cancellation) => new(
        await PlanRules.ApisOf(transaction, product.Id, cancellation),
        await transaction.Query<string>("select name from consumption_units where organization_id = @OrganizationId for share", product, cancellation));
}

/// <summary>What a plan may say, beyond the form of each field. With <see cref="PriceRules"/> and <see cref="QuotaRules"/> the only copy of these rules.</summary>
public static class PlanRules
{
    /// <summary>What is counted without being told: one successful call is one.</summary>
    public const string Transactions = "transactions";

    // Shown nowhere: neither a free nor a custom plan has an amount.
    private const string UnpricedCurrency = "usd";

    // What Stripe bills in one interval at most: three years.
    private static readonly Dictionary<string, int> LongestPeriod = new(StringComparer.Ordinal) { ["day"] = 1095, ["week"] = 156, ["month"] = 36, ["year"] = 3 };

    /// <summary>Why the terms contradict themselves or what they stand among, or null.</summary>
    public static ProblemHttpResult? Refusal(CreatePlanRequest terms, PlanSetting setting) =>
        OfCurrency(terms) ?? OfPeriod(terms.BillingPeriod) ?? PriceRules.Refusal(terms, setting.Units) ?? OfRate(terms.RateLimit) ?? QuotaRules.Refusal(terms, setting)
        ?? QuestionSchema.Refusal(terms.Questions);

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
        Description = terms.Description?.Trim(),
        Status = PlanStatus.Draft,
        Currency = terms.Currency?.ToLowerInvariant() ?? UnpricedCurrency,
        PeriodUnit = terms.BillingPeriod?.Unit ?? "month",
        PeriodCount = terms.BillingPeriod?.Count ?? 1,
        PriceModel = terms.Price.Model,
        Base = Money.Minor(terms.Price.Base),
        UnitAmount = terms.Price.UnitAmount,
        Tiers = PriceRules.IsTiered(terms.Price) ? JsonSerializer.Serialize(PriceRules.Tiers(terms), JsonSerializerOptions.Web) : null,
        PackageSize = terms.Price.PackageSize,
        PriceUnit = terms.Price.Unit is null or Transactions ? null : terms.Price.Unit,
        MinimumCharge = terms.Price.MinimumCharge?.Amount,
        MaximumCharge = terms.Price.MaximumCharge?.Amount,
        FlatFeeAtZeroUsage = terms.Price.FlatFeeAtZeroUsage ?? true,
        MinimumSeats = PriceRules.SeatsOf(terms.Price)?.Least,
        MaximumSeats = PriceRules.SeatsOf(terms.Price)?.Most,
        SetupFee = Money.Minor(terms.SetupFee),
        TrialDays = terms.TrialDays,
        TermPeriods = terms.TermPeriods is > 0 ? terms.TermPeriods : null,
        Approval = terms.Approval,
        CancelWhenPastDue = terms.CancelWhenPastDue,
        GraceDays = terms.GraceDays,
        PaymentTermDays = terms.PaymentTermDays,
        Quotas = JsonSerializer.Serialize((terms.Quotas ?? []).Select(q => QuotaRules.Snapshot(q, clock)), JsonSerializerOptions.Web),
        RateLimit = terms.RateLimit?.Calls,
        RateLimitSeconds = terms.RateLimit?.Window(),
        BurstLimit = terms.RateLimit?.Burst?.Calls,
        BurstSeconds = terms.RateLimit?.Burst?.Seconds,
        Questions = QuestionSchema.Store(terms.Questions),
        Version = 1,
        CreatedAt = clock.GetUtcNow(),
    };

    /// <summary>The terms of a stored plan, to be copied or changed.</summary>
    public static CreatePlanRequest TermsOf(Plan plan) => new(
        plan.Title,
        new(plan.PriceModel, MoneyOf(plan.Base, plan), plan.UnitAmount,
            plan.Tiers is null ? null : [.. plan.TierList.Select(t => new TierTerms(t.UpTo, t.UnitAmount, t.FlatAmount))],
            plan.PackageSize, plan.PriceUnit, MoneyOf(plan.MinimumCharge, plan), MoneyOf(plan.MaximumCharge, plan), plan.FlatFeeAtZeroUsage ? null : false,
            plan.MinimumSeats, plan.MaximumSeats),
        plan.Currency, new(plan.PeriodUnit, plan.PeriodCount), MoneyOf(plan.SetupFee, plan),
        plan.TrialDays, plan.TermPeriods, plan.Approval, plan.CancelWhenPastDue,
        [.. plan.QuotaList.Select(q => new QuotaTerms(q.Unit, q.Limit, q.Kind, q.Interval, q.Overage, q.ApiIds))],
        Plans.RateLimit.Of(plan), plan.GraceDays, plan.PaymentTermDays, plan.Description,
        QuestionSchema.Show(plan.Questions));

    private static Money? MoneyOf(long? amount, Plan plan) => amount > 0 ? new(amount, plan.Currency) : null;

    private static ProblemHttpResult? OfCurrency(CreatePlanRequest terms) =>
        terms.Currency is null ? (terms.Price.Model is "free" or "custom" ? null : Problem.Invalid("currency", "A plan with a price needs a currency."))
        : Currencies.DecimalsOf(terms.Currency) is null ? Problems.CurrencyUnknown(terms.Currency)
        : OfAmount(terms.Price.Base, terms.Currency, "price.base") ?? OfAmount(terms.Price.MinimumCharge, terms.Currency, "price.minimumCharge")
            ?? OfAmount(terms.Price.MaximumCharge, terms.Currency, "price.maximumCharge") ?? OfAmount(terms.SetupFee, terms.Currency, "setupFee");

    private static ProblemHttpResult? OfAmount(Money? amount, string currency, string field) =>
        amount is null ? null
        : !amount.Currency.Equals(currency, StringComparison.OrdinalIgnoreCase) ? Problems.CurrencyMismatch($"{field}.currency")
        : Currencies.TotalStep(currency) is > 1 and var step && amount.Amount % step != 0 ? Problems.AmountNotChargeable(currency, step, $"{field}.amount")
        : null;

    private static ProblemHttpResult? OfPeriod(BillingPeriod? period) =>
        period is not null && period.Count > LongestPeriod[period.Unit] ? Problems.BillingPeriodTooLong(period.Unit, LongestPeriod[period.Unit]) : null;

    private static ProblemHttpResult? OfRate(RateLimit? rate) => rate switch
    {
        null => null,
        _ when rate.Window() is null => Problem.Invalid("rateLimit.seconds", "A rate limit needs its window: 'seconds', or 'unit' for one second, minute, hour or day."),
        _ when rate.Contradicts() => Problem.Invalid("rateLimit.unit", "'unit' and 'seconds' name different windows. Send one of them."),
        { Burst: { } burst } when burst.Seconds >= rate.Window() => Problems.BurstInvalid("seconds", "A burst's window is shorter than the rate limit's."),
        { Burst: { } burst } when burst.Calls > rate.Calls => Problems.BurstInvalid("calls", "A burst allows no more calls than the rate limit that it is part of."),
        _ => null,
    };
}
