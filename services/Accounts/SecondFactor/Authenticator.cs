using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.SecondFactor;

/// <summary>A user's second factor as it is stored.</summary>
public sealed class Authenticator(AuthenticatorCodes codes, FieldCipher cipher)
{
    /// <summary>Stores a new key that counts only once <see cref="Confirm"/> has seen a code of it; null when the user has a factor already.</summary>
    public async Task<string?> Enrol(Transaction transaction, string userId, DateTimeOffset now, CancellationToken cancellation)
    {
        var key = codes.NewKey();
        var stored = await transaction.Execute(
            """
            insert into second_factors as f (user_id, secret, created_at) values (@userId, @Secret, @now)
            on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at where f.confirmed_at is null
            """, new { userId, Secret = cipher.Encrypt(key, Context(userId)), now }, cancellation);
        return stored == 1 ? key : null;
    }

    /// <summary>Makes an enrolled key count. Null when there is nothing to confirm, else whether the code was right.</summary>
    public async Task<bool?> Confirm(Transaction transaction, string userId, string code, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await Key(transaction, userId, confirmed: false, cancellation) is not { } key)
        {
            return null;
        }

        if (!await Spend(transaction, userId, key, code, cancellation))
        {
            return false;
        }

        await transaction.Execute(
            """
            update second_factors set confirmed_at = @now where user_id = @userId;
            update users set security_version = security_version + 1 where id = @userId
            """, new { userId, now }, cancellation);
        return true;
    }

    /// <summary>Uses a code of the user's confirmed factor up; false when there is none or the code is wrong or was used.</summary>
    public async Task<bool> Use(Transaction transaction, string userId, string code, CancellationToken cancellation) =>
        await Key(transaction, userId, confirmed: true, cancellation) is { } key && await Spend(transaction, userId, key, code, cancellation);

    /// <summary>Takes the second factor away, and its recovery codes; false when there is none that counts.</summary>
    public static async Task<bool> Remove(Transaction transaction, string userId, CancellationToken cancellation) =>
        await transaction.QueryOne<string>(
            "select user_id from second_factors where user_id = @userId and confirmed_at is not null for update", new { userId }, cancellation) is not null
        && await transaction.Execute(Removal, new { id = userId }, cancellation) > 0;

    /// <summary>All that goes with a second factor of user <c>@id</c>, sign-ins that wait for its code included.</summary>
    internal const string Removal =
        """
        delete from recovery_codes where user_id = @id;
        delete from second_factors where user_id = @id;
        update users set security_version = security_version + 1 where id = @id
        """;

    // The unique row, not a look before it, refuses the second use of a code, also of two at once.
    private async Task<bool> Spend(Transaction transaction, string userId, string key, string code, CancellationToken cancellation)
    {
        if (!await codes.Fits(key, code))
        {
            return false;
        }

        await transaction.Execute("delete from used_codes where user_id = @userId and used_at < now() - interval '10 minutes'", new { userId }, cancellation);
        return await transaction.Execute("insert into used_codes (user_id, code) values (@userId, @code) on conflict do nothing", new { userId, code }, cancellation) == 1;
    }

    private async Task<string?> Key(Transaction transaction, string userId, bool confirmed, CancellationToken cancellation) =>
        await transaction.QueryOne<string>(
            "select secret from second_factors where user_id = @userId and (confirmed_at is not null) = @confirmed for update", new { userId, confirmed }, cancellation)
        is { } secret ? cipher.Decrypt(secret, Context(userId)) : null;

    private static string[] Context(string userId) => [userId, "second-factor"];
}
