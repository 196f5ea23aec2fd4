using System.Text.Json;

namespace Marketplace.ServiceDefaults;

/// <summary>A number of JSON that is kept as it was sent. JSON has numbers of any size, which neither a column of jsonb nor a comparison takes.</summary>
public static class DecimalNumber
{
    /// <summary>What is wrong with one that does not fit, and what to do.</summary>
    public const string Refusal = "Must be a number of at most 28 digits.";

    // A decimal's digits, sign, point and exponent, with room for zeros.
    private const int Longest = 64;

    /// <summary>Whether it is one that a decimal holds, and not so small that nothing of it would be left.</summary>
    public static bool Fits(JsonElement number) =>
        number.GetRawText() is { Length: <= Longest } text && number.TryGetDecimal(out var value) && (value != 0 || text.AsSpan().IndexOfAny('e', 'E') < 0);
}
