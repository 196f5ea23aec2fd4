using System.Globalization;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Decimal strings: read with a limit of places, written without trailing zeros, rounded half up to the minor unit.</summary>
public static class Decimals
{
    public static decimal Read(string text, string param, int places = 12)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            throw StripeException.Invalid($"Invalid decimal: {text}", param);
        }

        return decimal.Round(value, places) == value
            ? value
            : throw StripeException.Invalid($"Invalid decimal: {text}; must contain at maximum {places} decimal places.", param, "parameter_invalid_decimal");
    }

    public static decimal Of(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    public static string Show(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>The whole number it is, or null.</summary>
    public static long? Whole(decimal value) => value == decimal.Truncate(value) ? (long)value : null;

    public static long HalfUp(decimal value) => (long)decimal.Round(value, MidpointRounding.AwayFromZero);
}
