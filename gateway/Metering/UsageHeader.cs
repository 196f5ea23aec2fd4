using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace Marketplace.Gateway.Metering;

/// <summary>Reads <c>Marketplace-Usage: x-tokens=250, x-images=1</c>, by which a provider tells what a call used of its own units. Read strictly: a header
/// that is not wholly understood counts nothing of its units, and shows in a metric.</summary>
public static class UsageHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "Marketplace-Usage";

    /// <summary>The most units that one call can tell of: 10⁹.</summary>
    public const long MostUnits = 1_000_000_000;

    private const int MostEntries = 16;
    private const int LongestUnit = 64;
    private const int LongestHeader = 1024;
    private static readonly SearchValues<char> UnitLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>What was used of the units that are metered; null for nothing.</summary>
    /// <param name="metered">The units that the subscription's plan names; others are left out.</param>
    public static UnitCount[]? Read(HttpResponseHeaders headers, IReadOnlyList<string> metered)
    {
        if (!headers.NonValidated.TryGetValues(Name, out var values))
        {
            return null;
        }

        List<UnitCount> told = [];
        foreach (var value in values)
        {
            if (value.Length > LongestHeader || !TryRead(value, told))
            {
                Measures.MalformedUsage.Add(1);
                return null;
            }
        }

        told.RemoveAll(count => count.Quantity == 0 || !metered.Contains(count.Unit));
        return told.Count == 0 ? null : [.. told];
    }

    private static bool TryRead(string value, List<UnitCount> told)
    {
        foreach (var range in value.AsSpan().Split(','))
        {
            var entry = value.AsSpan(range).Trim(" \t");
            var equals = entry.IndexOf('=');
            if (equals < 0 || told.Count == MostEntries || !IsUnit(entry[..equals]) || !IsQuantity(entry[(equals + 1)..], out var quantity))
            {
                return false;
            }

            var unit = entry[..equals].ToString();
            if (told.Exists(count => count.Unit == unit))
            {
                return false;
            }

            told.Add(new(unit, quantity));
        }

        return true;
    }

    private static bool IsUnit(ReadOnlySpan<char> name) =>
        name.Length is > 2 and <= LongestUnit && name.StartsWith("x-") && !name.ContainsAnyExcept(UnitLetters);

    private static bool IsQuantity(ReadOnlySpan<char> digits, out long quantity)
    {
        quantity = 0;
        return digits.Length is > 0 and <= 10 && !digits.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out quantity) && quantity <= MostUnits;
    }
}
