using System.Globalization;
using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>What each price model needs and what it has no use for.</summary>
public static class PriceRules
{
    /// <summary>Whether each unit, or package of them, has a price.</summary>
    public static bool IsPerUse(PriceTerms price) => price.Model is "unit" or "package" || IsTiered(price);

    /// <summary>Whether the price is given in tiers.</summary>
    public static bool IsTiered(PriceTerms price) => price.Model is "graduated" or "volume";

    /// <summary>How many seats a valid price sells; null where it sells none.</summary>
    public static (int Least, int Most)? SeatsOf(PriceTerms price) =>
        price.Model == PlanSeats.Model ? PlanSeats.Range(Money.Minor(price.Base), price.MinimumSeats, price.MaximumSeats) : null;

    /// <summary>Why the price contradicts itself or the plan, or null.</summary>
    public static ProblemHttpResult? Refusal(CreatePlanRequest terms, IReadOnlyCollection<string> units) =>
        terms.Price.Model is "free" or "custom" ? OfUnpriced(terms) : OfFields(terms, units) ?? OfModel(terms);

    /// <summary>The tiers as they are stored: none begins where another ends, the last has no end. Where a quota with an interval of its own
    /// already limits the plan, the last tier sent may end; then one without an end goes on at its unit price.</summary>
    public static IReadOnlyList<PriceTier> Tiers(CreatePlanRequest terms)
    {
        var tiers = (terms.Price.Tiers ?? []).Select(tier => new PriceTier(tier.End(), tier.UnitAmount, tier.FlatAmount)).ToList();
        if (tiers is [.., { UpTo: not null } last] && HasOwnInterval(terms))
        {
            // By volume the tier reached is the whole price, its flat amount included; graduated, a second one would be charged on top.
            tiers.Add(last with { UpTo = null, FlatAmount = terms.Price.Model == "volume" ? last.FlatAmount : "0" });
        }

        return tiers;
    }

    /// <summary>Whether a decimal text is more than nothing.</summary>
    public static bool Positive(string? amount) => amount is not null && decimal.Parse(amount, CultureInfo.InvariantCulture) > 0;

    // A plan that costs nothing here says nothing about money.
    private static ProblemHttpResult? OfUnpriced(CreatePlanRequest terms)
    {
        var field = terms.Price switch
        {
            { Base: not null } => "price.base",
            { UnitAmount: not null } => "price.unitAmount",
            { Tiers: not null } => "price.tiers",
            { PackageSize: not null } => "price.packageSize",
            { Unit: not null } => "price.unit",
            { MinimumCharge: not null } => "price.minimumCharge",
            { MaximumCharge: not null } => "price.maximumCharge",
            { FlatFeeAtZeroUsage: not null } => "price.flatFeeAtZeroUsage",
            { MinimumSeats: not null } => "price.minimumSeats",
            { MaximumSeats: not null } => "price.maximumSeats",
            _ when Money.Minor(terms.SetupFee) > 0 => "setupFee",
            _ when terms.TrialDays > 0 => "trialDays",
            _ when terms.CancelWhenPastDue => "cancelWhenPastDue",
            _ => null,
        };
        return field is null ? null : terms.Price.Model == "free" ? Problems.FreePlanPriced(field) : Problems.CustomPlanPriced(field);
    }

    private static ProblemHttpResult? OfFields(CreatePlanRequest terms, IReadOnlyCollection<string> units) => terms.Price switch
    {
        { Tiers: not null } price when !IsTiered(price) => Problems.PriceIncomplete("price.tiers", "Only graduated and volume prices have tiers."),
        { FlatFeeAtZeroUsage: not null } price when !IsTiered(price) => Problems.PriceIncomplete("price.flatFeeAtZeroUsage", "Only graduated and volume prices have flat amounts."),
        { MinimumSeats: not null, Model: not PlanSeats.Model } => Problems.PriceIncomplete("price.minimumSeats", "Only a price per seat has seats. Use model 'per_seat'."),
        { MaximumSeats: not null, Model: not PlanSeats.Model } => Problems.PriceIncomplete("price.maximumSeats", "Only a price per seat has seats. Use model 'per_seat'."),
        { PackageSize: not null, Model: not "package" } => Problems.PriceIncomplete("price.packageSize", "Only package prices have a size."),
        { UnitAmount: not null, Model: "flat" } => Problems.PriceIncomplete("price.unitAmount", "A flat price has no unit amount. Use model 'unit'."),
        { UnitAmount: not null, Model: PlanSeats.Model } => Problems.PriceIncomplete("price.unitAmount", "The base is the price of one seat; calls have none. Leave the unit amount out."),
        { Unit: not null, Model: PlanSeats.Model } => Problems.PriceIncomplete("price.unit", "A price per seat charges no units. Name the unit in a quota, or use a model that charges per use."),
        { MinimumCharge: not null, Model: PlanSeats.Model } => Problems.PriceIncomplete("price.minimumCharge", "A price per seat charges no usage. Use 'minimumSeats' for what is charged at least."),
        { MaximumCharge: not null, Model: PlanSeats.Model } => Problems.PriceIncomplete("price.maximumCharge", "A price per seat charges no usage. Use 'maximumSeats' for what is charged at most."),
        { UnitAmount: not null } price when IsTiered(price) => Problems.PriceIncomplete("price.unitAmount", "Each tier has its own unit amount. Leave the price's out."),
        { Unit: not null, Model: "flat" } => Problems.PriceIncomplete("price.unit", "A flat price charges no units. Name the unit in a quota, or use a model that charges per use."),
        { Unit: not null and not PlanRules.Transactions and var unit } when !units.Contains(unit) => Problems.ConsumptionUnitUnknown("price.unit", unit),
        { MinimumCharge: not null } price when !ChargesUsage(terms) => Problems.PriceIncomplete("price.minimumCharge", "Only usage has a minimum charge. Use the base for what is charged anyway."),
        { MaximumCharge: not null } price when !ChargesUsage(terms) => Problems.PriceIncomplete("price.maximumCharge", "Only usage has a maximum charge, and this plan charges none."),
        { MaximumCharge.Amount: 0 } => Problems.PriceIncomplete("price.maximumCharge", "A maximum charge of zero would charge no usage at all. Leave it out for no maximum."),
        { MinimumCharge.Amount: { } least, MaximumCharge.Amount: { } most } when least > most => Problems.PriceIncomplete("price.maximumCharge", "The maximum charge is below the minimum charge."),
        _ => null,
    };

    private static ProblemHttpResult? OfModel(CreatePlanRequest terms) => terms.Price switch
    {
        { Model: "flat" } flat => Money.Minor(flat.Base) == 0 && Money.Minor(terms.SetupFee) == 0 && terms.Quotas?.Any(q => Positive(q.Overage)) != true
            ? Problems.PriceIncomplete("price.base", "A flat plan needs a base, a set-up fee or an overage above zero. Use model 'free' for a plan that costs nothing.")
            : null,
        { Model: PlanSeats.Model } seats => OfSeats(seats),
        { Model: "package", PackageSize: null } => Problems.PriceIncomplete("price.packageSize", "A package price needs the number of units in a package."),
        { Model: "unit" or "package" } price => Positive(price.UnitAmount) ? null
            : Problems.PriceIncomplete("price.unitAmount", $"A plan priced per {price.Model} needs a unit amount above zero."),
        _ => OfTiers(terms),
    };

    private static ProblemHttpResult? OfSeats(PriceTerms price)
    {
        if (Money.Minor(price.Base) is not (> 0 and var one))
        {
            return Problems.PriceIncomplete("price.base", "A price per seat needs the price of one seat, above zero.");
        }

        var (least, most) = PlanSeats.Range(one, price.MinimumSeats, price.MaximumSeats);
        return least > most ? Problems.PriceIncomplete("price.maximumSeats", "The most seats are fewer than the least.")
            : one * most > MinorUnits.MostOfPlan
                ? Problems.PriceIncomplete(price.MaximumSeats is null ? "price.minimumSeats" : "price.maximumSeats", $"All seats come to {MinorUnits.MostOfPlan} minor units at most: {MinorUnits.MostOfPlan / one} seats at this price.")
            : null;
    }

    private static ProblemHttpResult? OfTiers(CreatePlanRequest terms)
    {
        var tiers = terms.Price.Tiers ?? [];
        if (tiers.Count == 0)
        {
            return Problems.TiersRequired(terms.Price.Model);
        }

        var below = 0L;
        for (var i = 0; i < tiers.Count; i++)
        {
            var (tier, end, last) = (tiers[i], tiers[i].End(), i == tiers.Count - 1);
            // The first tier's beginning may be written as 0, as some do, or 1.
            if (tier.From is { } from && from != below + 1 && (i > 0 || from != 0))
            {
                return Problems.TierGap(i, below + 1);
            }

            if (end is null && !last)
            {
                return Problems.TierOutOfOrder(i, "Only the last tier has no end.");
            }

            if (end <= below)
            {
                return end == below && i > 0 ? Problems.TierDuplicate(i, below) : Problems.TierOutOfOrder(i, $"The tier before ends at {below}: this one must end above it.");
            }

            if (end is not null && last && !HasOwnInterval(terms))
            {
                return Problems.TierEndMissing(i);
            }

            below = end ?? below;
        }

        return tiers.Any(tier => Positive(tier.UnitAmount) || Positive(tier.FlatAmount)) || Money.Minor(terms.Price.Base) > 0 || Money.Minor(terms.SetupFee) > 0 ? null
            : Problems.PriceIncomplete("price.tiers", "Tiers that cost nothing are a free plan. Use model 'free'.");
    }

    private static bool ChargesUsage(CreatePlanRequest terms) => IsPerUse(terms.Price) || terms.Quotas?.Any(q => Positive(q.Overage)) == true;

    private static bool HasOwnInterval(CreatePlanRequest terms) => terms.Quotas?.Any(q => QuotaRules.HasOwnInterval(q, terms.BillingPeriod)) == true;
}
