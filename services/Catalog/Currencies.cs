using System.Collections.Frozen;
using System.Globalization;

namespace Marketplace.Catalog;

/// <summary>ISO 4217: the currencies that money can be asked in, and how many decimals each has. Where Stripe's minor unit differs from the
/// standard's (isk and ugx have two decimals there, mga none), Stripe's counts: amounts go there as they are.</summary>
public static class Currencies
{
    private const string TwoDecimals =
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop crc cup cve czk dkk dop dzd " +
        "egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl " +
        "mad mdl mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek " +
        "sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ved ves wst xcd xcg yer zar zmw zwg isk ugx";

    private const string NoDecimals = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

    private const string ThreeDecimals = "bhd iqd jod kwd lyd omr tnd";

    private static readonly FrozenDictionary<string, int> Decimals = new[] { (NoDecimals, 0), (TwoDecimals, 2), (ThreeDecimals, 3) }
        .SelectMany(group => group.Item1.Split(' ').Select(code => KeyValuePair.Create(code, group.Item2)))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> Signs = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["usd"] = "$", ["eur"] = "€", ["gbp"] = "£", ["jpy"] = "¥", ["inr"] = "₹", ["krw"] = "₩",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>How many decimals the currency has, or null when there is no such currency.</summary>
    public static int? DecimalsOf(string code) => Decimals.TryGetValue(code, out var decimals) ? decimals : null;

    /// <summary>What whole amounts of the currency must be a multiple of, because Stripe charges nothing finer: 100 where it writes two decimals that the
    /// money does not have, 10 where the money has three decimals, else 1.</summary>
    public static int StepOf(string code) => code.ToLowerInvariant() is "isk" or "ugx" ? 100 : DecimalsOf(code) == 3 ? 10 : 1;

    /// <summary>An amount of minor units as people read it: <c>$25.00</c>, <c>¥2500</c>, <c>CHF 9.90</c>; fractions of a minor unit are kept.</summary>
    public static string Show(decimal minor, string currency)
    {
        var decimals = Decimals[currency];
        var major = minor;
        for (var i = 0; i < decimals; i++)
        {
            major /= 10;
        }

        // At least the currency's decimals, and as many more as a unit price has (12 of its own).
        var number = major.ToString("0." + new string('0', decimals) + new string('#', 15 - decimals), CultureInfo.InvariantCulture);
        return Signs.TryGetValue(currency, out var sign) ? sign + number : $"{currency.ToUpperInvariant()} {number}";
    }
}
