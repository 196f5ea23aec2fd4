using System.Text.Json;
using Marketplace.Catalog.Questions;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;

namespace Marketplace.Catalog.Plans;

/// <summary>A plan as it is answered: its terms, where it stands, and how to show it.</summary>
/// <param name="Subscriptions">Live subscriptions as last heard from Subscriptions.</param>
/// <param name="Questions">What a subscriber must answer, as a JSON schema; null for nothing.</param>
/// <param name="MigrationId">The migration that began with its deprecation; in the answer to that only.</param>
public sealed record PlanResponse(
    string Id, string ProductId, string Name, string Title, PlanStatus Status, string Currency, BillingPeriod BillingPeriod, PlanPrice Price, Money? SetupFee,
    int TrialDays, int? TermPeriods, string Approval, bool CancelWhenPastDue, int GraceDays, int PaymentTermDays,
    IReadOnlyList<QuotaSnapshot> Quotas, RateLimit? RateLimit, PlanDisplay Display, long Subscriptions,
    DateTimeOffset CreatedAt, DateTimeOffset? ActivatedAt, DateTimeOffset? DeprecatedAt, DateTimeOffset? ArchivedAt, string? Description,
    JsonElement? Questions = null, string? MigrationId = null)
{
    /// <summary>The plan as its provider sees it.</summary>
    public static PlanResponse Of(Plan plan) => new(
        plan.Id, plan.ProductId, plan.Name, plan.Title, plan.Status, plan.Currency, new(plan.PeriodUnit, plan.PeriodCount), PlanPrice.Of(plan),
        plan.SetupFee > 0 ? new(plan.SetupFee, plan.Currency) : null, plan.TrialDays, plan.TermPeriods, plan.Approval, plan.CancelWhenPastDue,
        plan.GraceDays, plan.PaymentTermDays, plan.QuotaList, RateLimit.Of(plan),
        PlanDisplay.Of(plan), plan.Live, plan.CreatedAt, plan.ActivatedAt, plan.DeprecatedAt, plan.ArchivedAt, plan.Description,
        QuestionSchema.Show(plan.Questions));
}

/// <summary>What a plan costs, in the shape in which it is asked for.</summary>
/// <param name="Base">Charged per period in advance, with <c>per_seat</c> for each seat; null where nothing is.</param>
/// <param name="UnitAmount">Price of one unit, or of one package, in minor units; null where there is no one price per use.</param>
/// <param name="Tiers">From the lowest up, each with its first unit; null unless the price is graduated or by volume.</param>
/// <param name="PackageSize">Units of one package.</param>
/// <param name="Unit">The consumption unit that is charged; null where nothing is charged per use.</param>
/// <param name="MinimumCharge">What the usage of a period is charged at least.</param>
/// <param name="MaximumCharge">What the usage of a period is charged at most.</param>
/// <param name="FlatFeeAtZeroUsage">Whether the first tier's flat amount is charged for a period without usage; null without tiers.</param>
/// <param name="MinimumSeats">The least seats of a subscription; null where none are sold.</param>
/// <param name="MaximumSeats">The most seats of a subscription; null where none are sold.</param>
public sealed record PlanPrice(
    string Model, Money? Base, string? UnitAmount, IReadOnlyList<TierTerms>? Tiers = null, long? PackageSize = null, string? Unit = null,
    Money? MinimumCharge = null, Money? MaximumCharge = null, bool? FlatFeeAtZeroUsage = null, int? MinimumSeats = null, int? MaximumSeats = null)
{
    /// <summary>The price of a stored plan.</summary>
    public static PlanPrice Of(Plan plan) => new(
        plan.PriceModel, plan.Base > 0 ? new(plan.Base, plan.Currency) : null, plan.UnitAmount,
        plan.Tiers is null ? null : [.. TiersOf(plan)], plan.PackageSize,
        plan.IsPaid && plan.PriceModel is not ("flat" or PlanSeats.Model) ? plan.PriceUnit ?? PlanRules.Transactions : null,
        plan.MinimumCharge is { } least ? new(least, plan.Currency) : null, plan.MaximumCharge is { } most ? new(most, plan.Currency) : null,
        plan.Tiers is null ? null : plan.FlatFeeAtZeroUsage, plan.MinimumSeats, plan.MaximumSeats);

    /// <summary>A plan's tiers with where each begins.</summary>
    public static IEnumerable<TierTerms> TiersOf(Plan plan)
    {
        var from = 1L;
        foreach (var tier in plan.TierList)
        {
            yield return new(tier.UpTo, tier.UnitAmount, tier.FlatAmount, from);
            from = (tier.UpTo ?? 0) + 1;
        }
    }
}
