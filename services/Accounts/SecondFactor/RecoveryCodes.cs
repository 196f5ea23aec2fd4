using System.Security.Cryptography;
using Marketplace.Accounts.Tokens;
using Marketplace.Storage;

namespace Marketplace.Accounts.SecondFactor;

/// <summary>Ten codes for when the phone is gone. Each has 80 random bits, is shown once, stored as its SHA-256, and good once.</summary>
public static class RecoveryCodes
{
    private const int Count = 10;

    /// <summary>Replaces the user's codes by new ones.</summary>
    public static async Task<IReadOnlyList<string>> Replace(Transaction transaction, string userId, CancellationToken cancellation)
    {
        string[] codes = [.. Enumerable.Range(0, Count).Select(_ => string.Join('-', RandomNumberGenerator.GetString(PersonalToken.TypedLetters, 16).Chunk(4).Select(part => new string(part))))];
        await transaction.Execute(
            """
            delete from recovery_codes where user_id = @userId;
            insert into recovery_codes (user_id, hash) select @userId, hash from unnest(@Hashes) hash
            """, new { userId, Hashes = codes.Select(Hash).ToArray() }, cancellation);
        return codes;
    }

    /// <summary>Uses a code up; false when it is unknown or was used. The row is held: of two at once one wins.</summary>
    public static async Task<bool> Use(Transaction transaction, string userId, string code, DateTimeOffset now, CancellationToken cancellation) =>
        await transaction.Execute(
            "update recovery_codes set used_at = @now where user_id = @userId and hash = @Hash and used_at is null", new { userId, Hash = Hash(code), now }, cancellation) == 1;

    // Written down by hand and typed again: case and hyphens do not matter.
    private static byte[] Hash(string code) =>
        PersonalToken.Hash(new string([.. code.ToUpperInvariant().Where(char.IsAsciiLetterOrDigit)]));
}
