using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>What a <c>Stripe-Signature</c> header proves.</summary>
public enum SignatureVerdict
{
    /// <summary>Signed with a secret in force, just now.</summary>
    Valid,

    /// <summary>No header.</summary>
    Missing,

    /// <summary>Not of the expected form, or signed with no secret of ours.</summary>
    Invalid,

    /// <summary>Signed with a secret of ours, but too long ago.</summary>
    Stale,

    /// <summary>Signed with a secret of ours, but ahead of our clock.</summary>
    FutureDated,
}

/// <summary>Stripe's signature scheme (https://docs.stripe.com/webhooks#verify-manually): <c>t=unix,v1=hex[,v1=hex…]</c>, where hex is
/// HMAC-SHA256 of <c>t.body</c> over the raw bytes. Other schemes in the header, such as <c>v0</c>, prove nothing.</summary>
public static class Signature
{
    /// <summary>How far the signing time may be from ours, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>While secrets are rolled there are two signatures; more than a handful are not looked at.</summary>
    private const int MostSignatures = 5;
    private const int LongestHeader = 2048;
    private const int LongestTime = 12;

    /// <summary>Judges a body against the secrets in force. Every signature meets every secret, so that time tells nothing.</summary>
    public static SignatureVerdict Check(string? header, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(header))
        {
            return SignatureVerdict.Missing;
        }

        if (header.Length > LongestHeader || Parse(header) is not var (time, signatures))
        {
            return SignatureVerdict.Invalid;
        }

        var signed = new byte[time.Length + 1 + body.Length];
        Encoding.ASCII.GetBytes(time, signed);
        signed[time.Length] = (byte)'.';
        body.CopyTo(signed.AsSpan(time.Length + 1));
        var fits = false;
        foreach (var secret in secrets)
        {
            var expected = HMACSHA256.HashData(secret, signed);
            foreach (var signature in signatures)
            {
                fits |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        var ahead = long.Parse(time, CultureInfo.InvariantCulture) - now.ToUnixTimeSeconds();
        return !fits ? SignatureVerdict.Invalid
            : ahead < -(long)Tolerance.TotalSeconds ? SignatureVerdict.Stale
            : ahead > (long)Tolerance.TotalSeconds ? SignatureVerdict.FutureDated
            : SignatureVerdict.Valid;
    }

    // Null when there is not exactly one time, or no signature of the right form.
    private static (string Time, List<byte[]> Signatures)? Parse(string header)
    {
        string? time = null;
        var signatures = new List<byte[]>(2);
        foreach (var item in header.Split(','))
        {
            switch (item.Trim().Split('=', 2))
            {
                case ["t", var text] when time is null && text.Length is > 0 and <= LongestTime && text.All(char.IsAsciiDigit):
                    time = text;
                    break;
                case ["t", _]:
                    return null;
                case ["v1", var hex] when signatures.Count < MostSignatures && hex.Length == 2 * HMACSHA256.HashSizeInBytes && hex.All(char.IsAsciiHexDigit):
                    signatures.Add(Convert.FromHexString(hex));
                    break;
            }
        }

        return time is null || signatures.Count == 0 ? null : (time, signatures);
    }
}
