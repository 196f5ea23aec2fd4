using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>A price, and how much may be used of it in one period.</summary>
/// <param name="Price">As a plan is written with it.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Quantities">Units used in a period, each rated by itself; of a price per seat, numbers of seats.</param>
public sealed record EstimatePriceRequest(
    [property: Required] EstimatedPrice? Price,
    [property: Required, RegularExpression("^[A-Za-z]{3}$", ErrorMessage = "A currency is three letters of ISO 4217.")] string? Currency,
    [property: Required, MinLength(1), MaxLength(50)] IReadOnlyList<long>? Quantities);

/// <summary>A price as a plan is written with it; amounts are minor units, unit prices decimals of up to 12 places.</summary>
/// <param name="Model"><c>free</c>, <c>flat</c>, <c>unit</c>, <c>graduated</c>, <c>volume</c>, <c>package</c>, <c>per_seat</c> or <c>custom</c>.</param>
/// <param name="Base">Per period; of a price per seat, for one seat.</param>
/// <param name="UnitAmount">Of one unit, or of one package.</param>
/// <param name="Tiers">From the lowest up; the last one has no end.</param>
/// <param name="Unit"><c>transactions</c> where none is named.</param>
public sealed record EstimatedPrice(
    [property: Required, AllowedValues("free", "flat", "unit", "graduated", "volume", "package", PlanSeats.Model, "custom")] string? Model,
    EstimatedAmount? Base = null,
    [property: RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string? UnitAmount = null,
    [property: MaxLength(100)] IReadOnlyList<EstimatedTier>? Tiers = null,
    [property: Range(1, 1_000_000_000)] long? PackageSize = null,
    [property: PlainText(64)] string? Unit = null,
    EstimatedAmount? MinimumCharge = null,
    EstimatedAmount? MaximumCharge = null,
    bool? FlatFeeAtZeroUsage = null,
    [property: Range(1, PlanSeats.Bound)] int? MinimumSeats = null,
    [property: Range(1, PlanSeats.Bound)] int? MaximumSeats = null);

/// <summary>One tier of a price.</summary>
/// <param name="UpTo">The last unit that belongs to it; absent, or 999999999, for the last tier.</param>
public sealed record EstimatedTier(
    [property: Range(1, MinorUnits.MostUnits)] long? UpTo = null,
    [property: Required, RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string UnitAmount = "0",
    [property: Required, RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string FlatAmount = "0");

/// <summary>An amount of minor units.</summary>
/// <param name="Currency">The price's.</param>
public sealed record EstimatedAmount(
    [property: Required, Range(0, MinorUnits.MostOfPlan)] long? Amount, [property: RegularExpression("^[A-Za-z]{3}$")] string? Currency = null);

/// <summary>What each quantity would cost in one period.</summary>
public sealed record PriceEstimatesResponse(IReadOnlyList<PriceEstimate> Estimates);

/// <summary>What a quantity would cost in one period: the base price and the usage, or that many seats.</summary>
public sealed record PriceEstimate(long Quantity, Money Total, IReadOnlyList<PriceEstimateLine> Lines);

/// <summary>One line, as an invoice would have it.</summary>
/// <param name="UnitAmount">Minor units, a decimal string.</param>
public sealed record PriceEstimateLine(string Kind, string Description, string? Unit, long Quantity, string UnitAmount, Money Amount);

/// <summary><c>POST /v1/price-estimates</c>: what usage would cost under a price, before there is a plan or a subscription. Reads and changes nothing, so that
/// whoever is signed in may ask.</summary>
public static class EstimatePrice
{
    private const long Endless = 999_999_999;

    /// <summary>An estimate for every quantity, in the order asked.</summary>
    public static Results<Ok<PriceEstimatesResponse>, ProblemHttpResult> Handle(EstimatePriceRequest request)
    {
        var currency = request.Currency!.ToLowerInvariant();
        if (Refuse(request, currency) is { } refusal)
        {
            return refusal;
        }

        try
        {
            var price = Snapshot(request.Price!);
            return TypedResults.Ok(new PriceEstimatesResponse([.. request.Quantities!.Select(quantity => Estimate(price, currency, quantity))]));
        }
        catch (RatingBoundsException exception)
        {
            return Problems.EstimateOutOfBounds(exception.Message);
        }
    }

    private static PriceEstimate Estimate(PriceSnapshot price, string currency, long quantity)
    {
        var lines = Rating.Estimate(price, currency, quantity);
        return new(quantity, new(lines.Sum(l => l.Amount), currency), [.. lines.Select(l => new PriceEstimateLine(
            l.Kind, l.Description, l.Unit, l.Quantity, InvoiceView.Plain(l.UnitAmount), new(l.Amount, currency)))]);
    }

    private static PriceSnapshot Snapshot(EstimatedPrice price) => new(
        price.Model!, price.Base?.Amount ?? 0, price.UnitAmount,
        price.Tiers?.Select(t => new PriceTier(t.UpTo == Endless ? null : t.UpTo, t.UnitAmount, t.FlatAmount)).ToList(),
        price.PackageSize, price.Unit, price.MinimumCharge?.Amount, price.MaximumCharge?.Amount, price.FlatFeeAtZeroUsage ?? true);

    private static ProblemHttpResult? Refuse(EstimatePriceRequest request, string currency)
    {
        var price = request.Price!;
        (string Field, EstimatedAmount? Amount)[] amounts = [("base", price.Base), ("minimumCharge", price.MinimumCharge), ("maximumCharge", price.MaximumCharge)];
        var foreign = amounts.FirstOrDefault(a => a.Amount?.Currency is { } other && !other.Equals(currency, StringComparison.OrdinalIgnoreCase)).Field;
        var wrong = request.Quantities!.Index().FirstOrDefault(q => q.Item is < 0 or > MinorUnits.MostUnits, (Index: -1, Item: 0)).Index;
        var missing = price.Tiers?.Index().FirstOrDefault(t => t.Item is null, (Index: -1, Item: new())).Index ?? -1;
        return missing >= 0 ? Problem.Invalid($"price.tiers[{missing}]", "A tier is an object with unitAmount and flatAmount.")
            : wrong >= 0 ? Problem.Invalid($"quantities[{wrong}]", $"A quantity is a whole number from 0 to {MinorUnits.MostUnits}.")
            : foreign is not null ? Problem.Invalid($"price.{foreign}.currency", $"Every amount of a price is in its currency, {currency}.")
            : price.MinimumCharge?.Amount > price.MaximumCharge?.Amount ? Problem.Invalid("price.maximumCharge", "The maximum charge is below the minimum charge.")
            : price.Model is "unit" or "package" && price.UnitAmount is null ? Problem.Invalid("price.unitAmount", $"A price per {price.Model} needs its amount.")
            : price.Model == "package" && price.PackageSize is null ? Problem.Invalid("price.packageSize", "A package price needs the number of units in a package.")
            : price.Model is "graduated" or "volume" ? RefuseTiers(price.Tiers ?? [])
            : price.Model == PlanSeats.Model ? RefuseSeats(price, request.Quantities!)
            : null;
    }

    private static ProblemHttpResult? RefuseSeats(EstimatedPrice price, IReadOnlyList<long> quantities)
    {
        if (price.Base?.Amount is not (> 0 and var one))
        {
            return Problem.Invalid("price.base", "A price per seat needs the price of one seat, above zero.");
        }

        var (least, most) = PlanSeats.Range(one, price.MinimumSeats, price.MaximumSeats);
        var wrong = quantities.Index().FirstOrDefault(q => q.Item < least || q.Item > most, (Index: -1, Item: 0)).Index;
        return least > most ? Problem.Invalid("price.maximumSeats", "The most seats are fewer than the least.")
            : wrong >= 0 ? Problem.Invalid($"quantities[{wrong}]", $"The price is one of {least} to {most} seats.")
            : null;
    }

    private static ProblemHttpResult? RefuseTiers(IReadOnlyList<EstimatedTier> tiers)
    {
        if (tiers.Count == 0)
        {
            return Problem.Invalid("price.tiers", "A graduated or volume price needs tiers.");
        }

        var below = 0L;
        foreach (var (index, tier) in tiers.Index())
        {
            var (end, last) = (tier.UpTo == Endless ? null : tier.UpTo, index == tiers.Count - 1);
            if (last != end is null || end <= below)
            {
                return Problem.Invalid($"price.tiers[{index}].upTo", last ? "The last tier has no end." : $"Each tier ends above the one before, here above {below}.");
            }

            below = end ?? below;
        }

        return null;
    }
}
