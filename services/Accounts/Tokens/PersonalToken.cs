using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Accounts.Tokens;

/// <summary>Secrets that are shown once and stored as their SHA-256: 32 random bytes need no slow hash.</summary>
public static class PersonalToken
{
    /// <summary>How personal API tokens begin.</summary>
    public const string Prefix = "mkp_";

    /// <summary>How many leading characters are kept in the clear, so that its holder can tell it from others.</summary>
    public const int ShownLength = 8;

    /// <summary>What codes that people type are made of: nothing that is read as something else.</summary>
    public const string TypedLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>A new secret with the given prefix.</summary>
    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is stored of it.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether a client's token is a personal one.</summary>
    public static bool Fits(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);
}
