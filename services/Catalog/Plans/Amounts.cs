using System.Collections.Frozen;
using Marketplace.Pricing;

namespace Marketplace.Catalog.Plans;

/// <summary>Amounts as pages show them.</summary>
internal static class Amounts
{
    private static readonly FrozenDictionary<string, string> Signs = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["usd"] = "$", ["eur"] = "€", ["gbp"] = "£", ["jpy"] = "¥", ["inr"] = "₹", ["krw"] = "₩",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>An amount of minor units as people read it: <c>$25.00</c>, <c>¥2500</c>, <c>CHF 9.90</c>; fractions of a minor unit are kept.</summary>
    public static string Show(decimal minor, string currency) =>
        Signs.TryGetValue(currency, out var sign) ? sign + Currencies.Digits(minor, currency) : $"{currency.ToUpperInvariant()} {Currencies.Digits(minor, currency)}";
}
