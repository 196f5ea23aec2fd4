using System.ComponentModel.DataAnnotations;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;

namespace Marketplace.Catalog.Plans;

/// <summary>How long one billing period is; a month by default, three years at most.</summary>
public sealed record BillingPeriod(
    [Required, AllowedValues("day", "week", "month", "year")] string Unit = "month",
    [Range(1, 1095)] int Count = 1);

/// <summary>What a plan costs.</summary>
/// <param name="Model"><c>free</c>, <c>flat</c> (base per period), <c>unit</c> (so much per unit), <c>graduated</c> (each unit at the price of its tier),
/// <c>volume</c> (all units at the price of the tier reached), <c>package</c> (so much per started package), <c>per_seat</c> (base per seat and period; calls cost nothing) or
/// <c>custom</c> (agreed and billed elsewhere).</param>
/// <param name="Base">Charged per period in advance, with any model but free and custom. With <c>per_seat</c> the price of one seat.</param>
/// <param name="UnitAmount">Price of one unit, or of one package, in minor units: <c>"1"</c> is one cent, <c>"0.05"</c> a twentieth of one. Up to 12 decimal places.</param>
/// <param name="Tiers">Of graduated and volume prices, from the lowest up; the last one has no end.</param>
/// <param name="PackageSize">Units of one package.</param>
/// <param name="Unit">The consumption unit that is charged: <c>transactions</c> (default) or one of the provider's own.</param>
/// <param name="MinimumCharge">What the usage of a period is charged at least.</param>
/// <param name="MaximumCharge">What the usage of a period is charged at most.</param>
/// <param name="FlatFeeAtZeroUsage">Whether the first tier's flat amount is charged for a period without usage (default true).</param>
/// <param name="MinimumSeats">The least seats of a subscription, with <c>per_seat</c> only (default 1).</param>
/// <param name="MaximumSeats">The most seats of a subscription, with <c>per_seat</c> only (default: as many as come to 99,999,999 minor units, 100,000 at most).</param>
public sealed record PriceTerms(
    [Required, AllowedValues("free", "flat", "unit", "graduated", "volume", "package", PlanSeats.Model, "custom")] string Model,
    Money? Base = null,
    [RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string? UnitAmount = null,
    [Listed(100)] IReadOnlyList<TierTerms>? Tiers = null,
    [Range(1, 1_000_000_000)] long? PackageSize = null,
    [PlainText(64)] string? Unit = null,
    Money? MinimumCharge = null,
    Money? MaximumCharge = null,
    bool? FlatFeeAtZeroUsage = null,
    [Range(1, PlanSeats.Bound)] int? MinimumSeats = null,
    [Range(1, PlanSeats.Bound)] int? MaximumSeats = null);

/// <summary>One tier of a price.</summary>
/// <param name="UpTo">The last unit that belongs to it; absent, or 999999999, for the last tier, which has no end.</param>
/// <param name="UnitAmount">Price of one unit in minor units.</param>
/// <param name="FlatAmount">Charged once when the tier is entered (graduated) or reached (volume), in minor units.</param>
/// <param name="From">Its first unit. It follows from the tier before and need not be sent; a different one is refused.</param>
public sealed record TierTerms(
    [Range(1, 1_000_000_000_000)] long? UpTo = null,
    [Required, RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string UnitAmount = "0",
    [Required, RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string FlatAmount = "0",
    [Range(0, 1_000_000_000_000)] long? From = null)
{
    private const long Endless = 999_999_999;

    /// <summary>The last unit, or null where the tier has no end.</summary>
    public long? End() => UpTo == Endless ? null : UpTo;
}

/// <summary>How much a plan allows.</summary>
/// <param name="Unit">What is counted: <c>transactions</c>, one per successful call, or a consumption unit of the provider.</param>
/// <param name="Limit">How many per interval; absent for unlimited.</param>
/// <param name="Kind"><c>strict</c> stops at the limit, <c>loose</c> goes on and charges the overage.</param>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c>, <c>year</c>, or <c>period</c> for the billing period.</param>
/// <param name="Overage">Price of a unit above a loose limit, as <c>unitAmount</c> is written.</param>
/// <param name="ApiIds">The APIs it covers; none means all of the product.</param>
public sealed record QuotaTerms(
    [Required, PlainText(64)] string Unit = "transactions",
    [Range(1, 1_000_000_000_000)] long? Limit = null,
    [Required, AllowedValues("strict", "loose")] string Kind = "strict",
    [Required, AllowedValues("day", "week", "month", "year", "period")] string Interval = "period",
    [RegularExpression(MinorUnits.Form, ErrorMessage = MinorUnits.FormRule)] string? Overage = null,
    [Listed(100)] IReadOnlyList<string>? ApiIds = null);

/// <summary>How fast calls may come: so many in so many seconds, or in a minute, an hour or a day.</summary>
/// <param name="Seconds">The window's length; absent where <paramref name="Unit"/> gives it.</param>
/// <param name="Unit"><c>second</c>, <c>minute</c>, <c>hour</c> or <c>day</c>.</param>
/// <param name="Burst">How many of them may come at once.</param>
public sealed record RateLimit(
    [Required, Range(1, 1_000_000_000)] int? Calls,
    [Range(1, 86_400)] int? Seconds = null,
    [AllowedValues(null, "second", "minute", "hour", "day")] string? Unit = null,
    BurstLimit? Burst = null)
{
    private static readonly (string Unit, int Seconds)[] Units = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];

    /// <summary>The window's length in seconds; null when neither field gives it.</summary>
    public int? Window() => Seconds ?? Array.Find(Units, u => u.Unit == Unit) switch { { Seconds: > 0 } known => known.Seconds, _ => null };

    /// <summary>Whether both fields are given and name different lengths.</summary>
    public bool Contradicts() => Seconds is not null && Unit is not null && this with { Seconds = null } is var named && named.Window() != Seconds;

    /// <summary>The limit of a stored plan, or null.</summary>
    public static RateLimit? Of(Plan plan) => plan.RateLimit is null ? null : new(
        plan.RateLimit, plan.RateLimitSeconds, UnitOf(plan.RateLimitSeconds), plan.BurstLimit is null ? null : new(plan.BurstLimit, plan.BurstSeconds));

    /// <summary>The unit that is so many seconds long, or null.</summary>
    public static string? UnitOf(int? seconds) => Array.Find(Units, u => u.Seconds == seconds).Unit;
}

/// <summary>How many calls may come in a window shorter than the rate limit's.</summary>
public sealed record BurstLimit([Required, Range(1, 1_000_000_000)] int? Calls, [Required, Range(1, 86_399)] int? Seconds);
