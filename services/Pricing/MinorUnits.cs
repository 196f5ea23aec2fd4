using System.Globalization;
using System.Numerics;

namespace Marketplace.Pricing;

/// <summary>An amount beyond what can be rated: see <see cref="MinorUnits"/> for the bounds.</summary>
public sealed class RatingBoundsException(string message) : Exception(message);

/// <summary>Minor units with twelve decimal places, exact: prices as they are written, and products of prices and quantities before a line rounds them.
/// Kept as an integer of unlimited length: a trillion units at a price of 24 digits needs 36, more than <c>decimal</c> has.
/// Bounds: prices of 12 digits before the point and 12 behind it, quantities up to <see cref="MostUnits"/>, a rounded amount up to <see cref="MostAmount"/>;
/// beyond them nothing is rated.</summary>
public readonly record struct MinorUnits
{
    /// <summary>The most units of one period: 10¹².</summary>
    public const long MostUnits = 1_000_000_000_000;

    /// <summary>The most that one line may come to, in minor units: 10¹⁵. A thousand such lines still add up.</summary>
    public const long MostAmount = 1_000_000_000_000_000;

    /// <summary>The most that an amount of a plan may be, also a base price with all its seats, in minor units.</summary>
    public const long MostOfPlan = 99_999_999_999;

    /// <summary>A price as <see cref="Parse"/> reads it, written in one way only: without leading zeros.</summary>
    public const string Form = @"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,12})?$";

    /// <summary>What to say of a text that is none.</summary>
    public const string FormRule = "A unit price is a decimal of minor units with up to 12 places, written out, such as \"0.05\".";

    private const int Places = 12;
    private static readonly BigInteger One = BigInteger.Pow(10, Places);
    private readonly BigInteger parts;

    private MinorUnits(BigInteger parts) => this.parts = parts;

    /// <summary>Reads a decimal of up to 12 digits and 12 places, without sign or exponent.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static MinorUnits Parse(string amount)
    {
        var point = amount.IndexOf('.', StringComparison.Ordinal);
        var (whole, places) = point < 0 ? (amount, "") : (amount[..point], amount[(point + 1)..]);
        return whole.Length is > 0 and <= Places && places.Length <= Places && (point < 0 || places.Length > 0) && (whole + places).All(char.IsAsciiDigit)
            ? new(BigInteger.Parse(whole + places.PadRight(Places, '0'), NumberStyles.None, CultureInfo.InvariantCulture))
            : throw new FormatException($"'{amount}' is no decimal of minor units with up to 12 places.");
    }

    /// <summary>Whole minor units.</summary>
    public static MinorUnits Of(long amount) => new(amount * One);

    /// <summary>The exact price of a quantity.</summary>
    /// <exception cref="RatingBoundsException">More units than can be rated.</exception>
    public static MinorUnits operator *(MinorUnits price, long quantity) =>
        Math.Abs(quantity) <= MostUnits ? new(price.parts * quantity) : throw new RatingBoundsException($"{quantity} units are more than can be rated ({MostUnits}).");

    /// <summary>Rounds to a whole multiple of a step of minor units, half away from zero.</summary>
    /// <exception cref="RatingBoundsException">More than a line may come to.</exception>
    public long Round(long step = 1)
    {
        var divisor = One * step;
        var rounded = (BigInteger.Abs(parts) + (divisor / 2)) / divisor * step;
        return rounded <= MostAmount ? (long)rounded * parts.Sign : throw new RatingBoundsException($"{rounded} minor units are more than a line may come to ({MostAmount}).");
    }

    /// <summary>The same as a decimal, as it is stored and shown.</summary>
    public decimal ToDecimal() => (decimal)parts / (decimal)One;

    /// <summary>Whether nothing is charged.</summary>
    public bool IsZero => parts.IsZero;

    /// <summary>An amount times a fraction, rounded once to a whole multiple of a step of minor units, half away from zero.</summary>
    internal static long Share(long amount, long part, long whole, long step)
    {
        var twice = 2 * BigInteger.Abs((BigInteger)amount * part);
        var divisor = (BigInteger)whole * step;
        return (long)((twice + divisor) / (2 * divisor) * step) * Math.Sign(amount);
    }
}
