using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Marketplace.Accounts.Tests;

/// <summary>The app on a user's phone, after RFC 6238 and written apart from what it is held against.</summary>
public static class AuthenticatorApp
{
    /// <summary>The code that the app shows now, or so many half minutes later.</summary>
    public static string Code(string secret, int later = 0)
    {
        Span<byte> step = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30) + later);
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, FromBase32(secret));
        mac.AppendData(step);
        var hash = mac.GetHashAndReset();
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xf)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.TrimEnd('=').Select(letter => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }
}
