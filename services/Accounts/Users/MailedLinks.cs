using Marketplace.Accounts.Tokens;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Users;

/// <summary>Links that were mailed to a user: stored as their hash, good once, and only the newest of a purpose.</summary>
public static class MailedLinks
{
    /// <summary>Proves that the user reads the address.</summary>
    public const string ConfirmEmail = "confirm_email";

    /// <summary>Lets the user set another password.</summary>
    public const string ResetPassword = "reset_password";

    /// <summary>A new token for the user; earlier ones of the purpose stop working.</summary>
    public static async Task<string> Make(Transaction transaction, string userId, string purpose, DateTimeOffset now, CancellationToken cancellation)
    {
        var token = PersonalToken.New("mkl_");
        await transaction.Execute(
            """
            delete from links where user_id = @userId and purpose = @purpose;
            insert into links (hash, user_id, purpose, created_at, expires_at) values (@Hash, @userId, @purpose, @now, @Expires)
            """, new { Hash = PersonalToken.Hash(token), userId, purpose, now, Expires = now + LifetimeOf(purpose) }, cancellation);
        return token;
    }

    /// <summary>Whether a token can still be used.</summary>
    public static Task<bool> IsGood(Database database, string token, string purpose, DateTimeOffset now, CancellationToken cancellation) => database.QueryOne<bool>(
        "select exists (select from links where hash = @Hash and purpose = @purpose and used_at is null and expires_at > @now)",
        new { Hash = PersonalToken.Hash(token), purpose, now }, cancellation);

    /// <summary>Uses a token up; the user it was mailed to, or null when it is unknown, used or too old. The row is held: of two at once one wins.</summary>
    public static Task<string?> Use(Transaction transaction, string token, string purpose, DateTimeOffset now, CancellationToken cancellation) =>
        transaction.QueryOne<string>(
            "update links set used_at = @now where hash = @Hash and purpose = @purpose and used_at is null and expires_at > @now returning user_id",
            new { Hash = PersonalToken.Hash(token), purpose, now }, cancellation);

    private static TimeSpan LifetimeOf(string purpose) => purpose == ResetPassword ? TimeSpan.FromHours(1) : TimeSpan.FromDays(3);
}
