using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Subscriptions;

/// <summary>A key that callers present: <c>mk_</c>, 32 random bytes in base64url, and four characters by which a mistyped or invented key can be told
/// without asking anybody. It exists in the answer that shows it; here only its hash is kept.</summary>
/// <param name="Key">Shown once.</param>
/// <param name="Prefix">Its first characters, by which people tell keys apart.</param>
/// <param name="Hash">SHA-256 of the key in lower-case hex: 256 random bits need no salt.</param>
public sealed record AccessKey(string Key, string Prefix, string Hash)
{
    private const string Start = "mk_";
    private const int PrefixLength = 11;
    private const int ChecksumLength = 4;

    /// <summary>A new random key.</summary>
    public static AccessKey New()
    {
        var body = Start + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var key = body + Checksum(body);
        return new AccessKey(key, key[..PrefixLength], Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
    }

    /// <summary>Whether a text can be one of our keys.</summary>
    public static bool IsWellFormed(string text) =>
        text.StartsWith(Start, StringComparison.Ordinal) && text.Length > Start.Length + ChecksumLength && Checksum(text[..^ChecksumLength]) == text[^ChecksumLength..];

    // Four base64url characters of SHA-256 over what precedes them; 3 bytes, so nothing is padded.
    private static string Checksum(string body) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(body)).AsSpan(0, 3));

    // Keeps the key out of logs and messages whoever prints the record.
    /// <inheritdoc/>
    public override string ToString() => Prefix + "…";
}
