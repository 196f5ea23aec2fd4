using System.Collections.Frozen;
using System.Globalization;

namespace Marketplace.Pricing;

/// <summary>ISO 4217: the currencies that money can be asked in, how many decimals each has, and what can be charged in it. Amounts are minor units everywhere.
/// Where Stripe's minor unit differs from the standard's (isk and ugx have two decimals there, mga none), Stripe's counts: amounts go there as they are.</summary>
public static class Currencies
{
    private const string TwoDecimals =
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop crc cup cve czk dkk dop dzd " +
        "egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl " +
        "mad mdl mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek " +
        "sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ved ves wst xcd xcg yer zar zmw zwg isk ugx";

    private const string NoDecimals = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

    private const string ThreeDecimals = "bhd iqd jod kwd lyd omr tnd";

    private static readonly FrozenDictionary<string, int> Known = new[] { (NoDecimals, 0), (TwoDecimals, 2), (ThreeDecimals, 3) }
        .SelectMany(group => group.Item1.Split(' ').Select(code => KeyValuePair.Create(code, group.Item2)))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many decimals the currency has, or null when there is no such currency.</summary>
    public static int? DecimalsOf(string code) => Known.TryGetValue(code, out var decimals) ? decimals : null;

    /// <summary>What a line is rounded to, in minor units: one of them, but a whole króna or shilling, whose two decimals at Stripe must be 00
    /// (https://docs.stripe.com/currencies#special-cases).</summary>
    public static long LineStep(string currency) => currency.ToLowerInvariant() is "isk" or "ugx" ? 100 : 1;

    /// <summary>What a total, and every amount of a plan, must be a multiple of to be charged at Stripe, in minor units: of three decimals the last must be 0.</summary>
    public static long TotalStep(string currency) => DecimalsOf(currency) == 3 ? 10 : LineStep(currency);

    /// <summary>The most that Stripe charges at once in most currencies, in minor units.</summary>
    public const long MostInMost = 99_999_999;

    /// <summary>The most that Stripe charges at once in a currency, in minor units: so many digits (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).</summary>
    public static long MostCharged(string currency) => currency.ToLowerInvariant() switch { "idr" => 999_999_999_999, "cop" => 9_999_999_999, "inr" => 999_999_999, _ => MostInMost };

    /// <summary>An amount of minor units as invoices write it: <c>0.01 USD</c>.</summary>
    public static string Print(decimal minor, string currency) =>
        $"{Digits(minor, currency)} {currency.ToUpperInvariant()}";

    /// <summary>The same without the currency: with at least its decimals, and as many more as a unit price has (12 of its own).</summary>
    public static string Digits(decimal minor, string currency) =>
        (DecimalsOf(currency) switch { 0 => minor, 3 => minor / 1000, _ => minor / 100 }).ToString("0." + new string('0', DecimalsOf(currency) ?? 2) + new string('#', 15), CultureInfo.InvariantCulture);
}
