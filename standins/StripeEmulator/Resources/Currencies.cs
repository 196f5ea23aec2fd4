using System.Globalization;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Currencies and the smallest amount that can be charged in each.</summary>
public static class Currencies
{
    private static readonly HashSet<string> ZeroDecimal =
        ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"];

    private static readonly HashSet<string> ThreeDecimal = ["bhd", "jod", "kwd", "omr", "tnd"];

    private static readonly HashSet<string> Known =
    [
        "usd", "aed", "afn", "all", "amd", "ang", "aoa", "ars", "aud", "awg", "azn", "bam", "bbd", "bdt", "bgn", "bmd", "bnd", "bob", "brl", "bsd", "bwp", "byn", "bzd",
        "cad", "cdf", "chf", "cny", "cop", "crc", "cve", "czk", "dkk", "dop", "dzd", "egp", "etb", "eur", "fjd", "fkp", "gbp", "gel", "gip", "gmd", "gtq", "gyd", "hkd",
        "hnl", "htg", "huf", "idr", "ils", "inr", "isk", "jmd", "kes", "kgs", "khr", "kyd", "kzt", "lak", "lbp", "lkr", "lrd", "lsl", "mad", "mdl", "mkd", "mmk", "mnt",
        "mop", "mur", "mvr", "mwk", "mxn", "myr", "mzn", "nad", "ngn", "nio", "nok", "npr", "nzd", "pab", "pen", "pgk", "php", "pkr", "pln", "qar", "ron", "rsd", "rub",
        "sar", "sbd", "scr", "sek", "sgd", "shp", "sle", "sos", "srd", "std", "szl", "thb", "tjs", "top", "try", "ttd", "twd", "tzs", "uah", "uyu", "uzs", "wst", "xcd",
        "yer", "zar", "zmw", "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf",
        "bhd", "jod", "kwd", "omr", "tnd",
    ];

    private static readonly Dictionary<string, long> Minimum = new(StringComparer.Ordinal)
    {
        ["aed"] = 200, ["bgn"] = 100, ["czk"] = 1_500, ["dkk"] = 250, ["gbp"] = 30, ["hkd"] = 400, ["huf"] = 17_500, ["jpy"] = 50, ["mxn"] = 1_000,
        ["myr"] = 200, ["nok"] = 300, ["pln"] = 200, ["ron"] = 200, ["sek"] = 300, ["thb"] = 1_000,
    };

    /// <summary>The most that is charged at once: 12 digits of rupiah, 10 of Colombian pesos, 9 of Indian rupees, 8 of all others.</summary>
    public static long MostOf(string currency) => currency switch { "idr" => 999_999_999_999, "cop" => 9_999_999_999, "inr" => 999_999_999, _ => PriceAmounts.Most };

    public static long MinimumOf(string currency) => Minimum.GetValueOrDefault(currency, 50);

    /// <summary>Refuses what can neither be charged nor given back: of three decimals the last must be 0, and of a króna or shilling both.</summary>
    public static void Demand(long amount, string currency, string param)
    {
        var (step, zeros) = ThreeDecimal.Contains(currency) ? (10, "last digit of an amount in {0} must be 0") : currency is "isk" or "ugx" ? (100, "last two digits of an amount in {0} must be 00") : (1, "");
        if (amount % step != 0)
        {
            throw StripeException.Invalid($"Invalid amount: the {string.Format(CultureInfo.InvariantCulture, zeros, currency)}.", param, "parameter_invalid_integer");
        }
    }

    /// <summary>How many of the smallest unit make one of the currency.</summary>
    public static int Units(string currency) => ZeroDecimal.Contains(currency) ? 1 : ThreeDecimal.Contains(currency) ? 1_000 : 100;

    /// <summary>Lower case, or Stripe's refusal.</summary>
    public static string Check(string currency, string param = "currency")
    {
        var lower = currency.ToLowerInvariant();
        return Known.Contains(lower)
            ? lower
            : throw StripeException.Invalid($"Invalid currency: {lower}. Stripe currently supports these currencies: {string.Join(", ", Known)}", param);
    }

    /// <summary>An amount as people read it: <c>25.00 USD</c>.</summary>
    public static string Show(long amount, string currency)
    {
        var units = Units(currency);
        var cents = units == 1 ? "" : "." + (Math.Abs(amount) % units).ToString(units == 100 ? "00" : "000", CultureInfo.InvariantCulture);
        return $"{(amount < 0 ? "-" : "")}{Math.Abs(amount) / units}{cents} {currency.ToUpperInvariant()}";
    }

    /// <summary>An amount as Stripe writes it into messages: <c>$25.00</c>.</summary>
    public static string Sign(long amount, string currency)
    {
        var sign = Symbol(currency);
        return sign is null ? Show(amount, currency) : sign + Show(amount, currency).Split(' ')[0];
    }

    /// <summary>A unit amount, which may have parts of the smallest unit: <c>$0.0025</c>.</summary>
    public static string Unit(string minor, string currency)
    {
        var units = Units(currency);
        var text = (Decimals.Of(minor) / units).ToString(units switch { 1 => "0.############", 100 => "0.00##########", _ => "0.000#########" }, CultureInfo.InvariantCulture);
        return Symbol(currency) is { } sign ? sign + text : $"{text} {currency.ToUpperInvariant()}";
    }

    private static string? Symbol(string currency) => currency switch { "usd" => "$", "eur" => "€", "gbp" => "£", "jpy" => "¥", _ => null };
}
