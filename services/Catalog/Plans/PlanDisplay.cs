using System.Globalization;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;

namespace Marketplace.Catalog.Plans;

/// <summary>A plan in words that a page can show as they are (English); the plan's own fields are there to say it otherwise.</summary>
/// <param name="Free">Whether it costs nothing at all.</param>
/// <param name="Price">"Free", "$25.00 per month", "$10.00 per 3 months", "$0.01 per call", "$5.00 per 1000 calls", "from $0.50 per call", "$10.00 per seat per month",
/// "Price on request".</param>
/// <param name="SetupFee">"$10.00 once", or null.</param>
/// <param name="Trial">"No trial period", "14 days trial period"; null for a plan without a price.</param>
/// <param name="Quotas">"1000 calls per month", "Unlimited calls", one per quota.</param>
/// <param name="RateLimit">"10 calls per 1 second", or null.</param>
/// <param name="CurrencyDecimals">How many decimals the currency has, to format amounts by locale.</param>
/// <param name="PriceText">Price and trial in one line: "$10.00 per 3 months (14 days trial period)".</param>
/// <param name="Tiers">"1 to 500: $2.00 per call", "from 5001: $0.50 per call + $20.00", one per tier.</param>
/// <param name="RateLimits">The rate limit and, where there is one, the burst within it.</param>
/// <param name="Charges">"At least $5.00 per month for usage", "At most $100.00 per month for usage".</param>
/// <param name="Seats">"1 to 500 seats"; null where none are sold.</param>
public sealed record PlanDisplay(
    bool Free, string Price, string? SetupFee, string? Trial, IReadOnlyList<string> Quotas, string? RateLimit, int CurrencyDecimals,
    string PriceText, IReadOnlyList<string> Tiers, IReadOnlyList<string> RateLimits, IReadOnlyList<string> Charges, string? Seats = null)
{
    /// <summary>How a stored plan is shown.</summary>
    public static PlanDisplay Of(Plan plan)
    {
        var (price, trial, rates) = (PriceOf(plan), TrialOf(plan), RatesOf(plan));
        return new(
            plan.PriceModel == "free", price,
            plan.SetupFee > 0 ? $"{Amounts.Show(plan.SetupFee, plan.Currency)} once" : null, trial,
            plan.QuotaList is { Count: > 0 } quotas ? [.. quotas.Select(q => QuotaOf(q, plan))] : ["Unlimited calls"],
            rates.FirstOrDefault(), Currencies.DecimalsOf(plan.Currency)!.Value,
            trial is null ? price : $"{price} ({trial})", [.. PlanPrice.TiersOf(plan).Select(tier => TierOf(tier, plan))], rates, ChargesOf(plan), SeatsOf(plan));
    }

    private static string? TrialOf(Plan plan) => !plan.IsPaid ? null : plan.TrialDays == 0 ? "No trial period" : $"{Count(plan.TrialDays, "day")} trial period";

    private static string PriceOf(Plan plan)
    {
        var perUse = plan.PriceModel switch
        {
            "free" => "Free",
            "custom" => "Price on request",
            "flat" => null,
            PlanSeats.Model => $"{Amounts.Show(plan.Base, plan.Currency)} per seat per {Period(plan)}",
            "unit" => $"{Show(plan.UnitAmount!, plan)} per {Noun(plan.PriceUnit)}",
            "package" => $"{Show(plan.UnitAmount!, plan)} per {Count(plan.PackageSize!.Value, Noun(plan.PriceUnit))}",
            _ => Lowest(plan) is > 0 and var lowest ? $"from {Amounts.Show(lowest, plan.Currency)} per {Noun(plan.PriceUnit)}" : $"by number of {Noun(plan.PriceUnit)}s",
        };
        var perPeriod = $"{Amounts.Show(plan.Base, plan.Currency)} per {Period(plan)}";
        return perUse is null ? perPeriod : plan.Base > 0 && plan.PriceModel != PlanSeats.Model ? $"{perPeriod} + {perUse}" : perUse;
    }

    private static string? SeatsOf(Plan plan) => (plan.MinimumSeats, plan.MaximumSeats) switch
    {
        ({ } least, { } most) => least == most ? Count(least, "seat") : $"{least} to {Count(most, "seat")}",
        _ => null,
    };

    private static decimal Lowest(Plan plan) => plan.TierList.Select(tier => decimal.Parse(tier.UnitAmount, CultureInfo.InvariantCulture)).Where(price => price > 0).DefaultIfEmpty().Min();

    private static string TierOf(TierTerms tier, Plan plan)
    {
        var range = tier.UpTo is { } end ? $"{tier.From} to {end}" : $"from {tier.From}";
        var price = $"{Show(tier.UnitAmount, plan)} per {Noun(plan.PriceUnit)}";
        return PriceRules.Positive(tier.FlatAmount) ? $"{range}: {price} + {Show(tier.FlatAmount, plan)}" : $"{range}: {price}";
    }

    private static List<string> ChargesOf(Plan plan) =>
    [
        .. plan.MinimumCharge is { } least ? [$"At least {Amounts.Show(least, plan.Currency)} per {Period(plan)} for usage"] : Array.Empty<string>(),
        .. plan.MaximumCharge is { } most ? [$"At most {Amounts.Show(most, plan.Currency)} per {Period(plan)} for usage"] : Array.Empty<string>(),
    ];

    private static List<string> RatesOf(Plan plan) =>
    [
        .. plan is { RateLimit: { } calls, RateLimitSeconds: { } seconds } ? [RateOf(calls, seconds)] : Array.Empty<string>(),
        .. plan is { BurstLimit: { } burst, BurstSeconds: { } window } ? [RateOf(burst, window)] : Array.Empty<string>(),
    ];

    private static string RateOf(int calls, int seconds) =>
        $"{Count(calls, "call")} per {(Plans.RateLimit.UnitOf(seconds) is { } unit ? Count(1, unit) : Count(seconds, "second"))}";

    private static string QuotaOf(QuotaSnapshot quota, Plan plan)
    {
        var unit = Noun(quota.Unit);
        if (quota.Limit is not { } limit)
        {
            return $"Unlimited {unit}s";
        }

        var allowed = $"{Count(limit, unit)} per {(quota.Interval == "period" ? Period(plan) : quota.Interval)}";
        return quota.Overage is null ? allowed : $"{allowed}, then {Show(quota.Overage, plan)} per {unit}";
    }

    // A transaction is a call; the unit "x-image-tokens" is counted in image tokens.
    private static string Noun(string? unit) => unit is null or PlanRules.Transactions ? "call" : unit["x-".Length..].Replace('-', ' ') switch
    {
        { Length: > 1 } many when many.EndsWith('s') => many[..^1],
        var name => name,
    };

    private static string Show(string amount, Plan plan) => Amounts.Show(decimal.Parse(amount, CultureInfo.InvariantCulture), plan.Currency);

    private static string Period(Plan plan) => plan.PeriodCount == 1 ? plan.PeriodUnit : Count(plan.PeriodCount, plan.PeriodUnit);

    private static string Count(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
