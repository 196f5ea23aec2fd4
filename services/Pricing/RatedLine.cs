namespace Marketplace.Pricing;

/// <summary>One line of an invoice.</summary>
/// <param name="Kind">One of <see cref="LineKind"/>.</param>
/// <param name="Unit">The consumption unit of lines that charge usage.</param>
/// <param name="Quantity">Units, packages, seats, or 1; below zero where a line takes back what an earlier invoice charged.</param>
/// <param name="UnitAmount">Minor units, up to 12 decimal places.</param>
/// <param name="Amount">Minor units: quantity × unit amount, rounded once, half away from zero. On a line for late usage, the difference between two such
/// amounts: with and without it.</param>
/// <param name="PeriodEnd">Exclusive (UTC).</param>
/// <param name="Units">How many units a line of usage or overage stands for: more than <paramref name="Quantity"/> says where that counts packages; null of other lines.</param>
public sealed record RatedLine(
    string Kind, string Description, string? Unit, long Quantity, decimal UnitAmount, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, long? Units = null);

/// <summary>What a line charges.</summary>
public static class LineKind
{
    /// <summary>Once, with the first invoice.</summary>
    public const string SetupFee = "setup_fee";

    /// <summary>A period in advance.</summary>
    public const string BasePrice = "base";

    /// <summary>Units, or packages of units, at a price.</summary>
    public const string Usage = "usage";

    /// <summary>Units above what a loose quota includes.</summary>
    public const string Overage = "overage";

    /// <summary>The fixed amount of a tier.</summary>
    public const string TierFee = "tier_fee";

    /// <summary>What is missing to the least that a period's usage costs.</summary>
    public const string Minimum = "minimum";

    /// <summary>What is above the most that a period's usage costs, below zero.</summary>
    public const string Maximum = "maximum";

    /// <summary>A part of a period's price, charged or given back because the plan changed within it.</summary>
    public const string Proration = "proration";

    /// <summary>What brings a total to the smallest coin that Stripe can charge.</summary>
    public const string Rounding = "rounding";
}
