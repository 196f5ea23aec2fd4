using System.Globalization;

namespace Marketplace.Pricing;

/// <summary>How many decimals a currency has in print, and what can be charged in it. Amounts themselves are minor units everywhere.</summary>
public static class Currencies
{
    // Stripe's minor units, which are also what Catalog prices in: isk and ugx have two decimals there, mga none.
    private static readonly HashSet<string> WithoutDecimals = new(
        ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> WithThreeDecimals = new(["bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"], StringComparer.OrdinalIgnoreCase);

    // Two decimals at Stripe that must be 00 (https://docs.stripe.com/currencies#special-cases).
    private static readonly HashSet<string> WholeAtStripe = new(["isk", "ugx"], StringComparer.OrdinalIgnoreCase);

    /// <summary>0 for yen, 3 for dinars, else 2.</summary>
    public static int Decimals(string currency) => WithoutDecimals.Contains(currency) ? 0 : WithThreeDecimals.Contains(currency) ? 3 : 2;

    /// <summary>What a line is rounded to, in minor units: one of them, but a whole króna or shilling where there are no smaller ones.</summary>
    public static long LineStep(string currency) => WholeAtStripe.Contains(currency) ? 100 : 1;

    /// <summary>What a total must be a multiple of to be charged at Stripe, in minor units: of three decimals the last must be 0.</summary>
    public static long TotalStep(string currency) => WithThreeDecimals.Contains(currency) ? 10 : LineStep(currency);

    /// <summary>An amount of minor units as people write it: <c>0.01 USD</c>.</summary>
    public static string Print(decimal minor, string currency)
    {
        var decimals = Decimals(currency);
        var major = minor / (decimal)Math.Pow(10, decimals);
        return $"{major.ToString("0." + new string('0', decimals) + new string('#', 15), CultureInfo.InvariantCulture).TrimEnd('.')} {currency.ToUpperInvariant()}";
    }
}
