using Marketplace.Accounts.Users;
using Marketplace.Storage;

namespace Marketplace.Accounts.Sessions;

/// <summary>Counts tries to sign in by address, whether or not it has a user, and locks an address that has too many.</summary>
public static class SignInTries
{
    /// <summary>Tries with one address before it locks.</summary>
    public const int Tries = 10;

    /// <summary>How long an address stays locked, and how long a failure is remembered.</summary>
    public static readonly TimeSpan Lock = TimeSpan.FromMinutes(15);

    /// <summary>Checks a password as one counted try: for how long the address is locked, if it is, and what the check came to. Whoever must wait too long for a turn to hash has not tried,
    /// so that a busy system locks nobody out; it is counted between the turn and the check, which nothing can come between.</summary>
    /// <exception cref="TimeoutException">Too many wait: the caller is told to come again.</exception>
    public static async Task<(TimeSpan? Locked, bool IsRight, string? Renewed)> Verify(
        Database database, Passwords passwords, string key, string? hash, string password, TimeProvider clock, CancellationToken cancellation)
    {
        // Who is locked out takes nobody's turn.
        var now = clock.GetUtcNow();
        var locked = await database.QueryOne<DateTimeOffset?>("select locked_until from sign_in_failures where email_key = @key and locked_until > @now", new { key, now }, cancellation);
        if (locked is not null)
        {
            return (locked - now, false, null);
        }

        using var turn = await passwords.Turn(cancellation);
        now = clock.GetUtcNow();
        var lockedUntil = await Count(database, key, now, cancellation);
        if (lockedUntil > now)
        {
            return (lockedUntil - now, false, null);
        }

        var (isRight, renewed) = turn.Verify(hash, password);
        return (null, isRight, renewed);
    }

    /// <summary>Counts one more; until when the address is locked, if it is. Called before anything is looked at, so that parallel guesses are not free.</summary>
    public static Task<DateTimeOffset?> Count(Database database, string key, DateTimeOffset now, CancellationToken cancellation) =>
        database.QueryOne<DateTimeOffset?>(
            """
            insert into sign_in_failures as f (email_key, failures, last_at) values (@key, 1, @now)
            on conflict (email_key) do update set
                failures = case when f.last_at <= @Forgotten then 1 else f.failures + 1 end,
                last_at = case when f.locked_until > @now then f.last_at else @now end,
                locked_until = case
                    when f.locked_until > @now then f.locked_until
                    when f.last_at > @Forgotten and f.failures >= @Tries then @Until end
            returning locked_until
            """, new { key, now, Forgotten = now - Lock, Until = now + Lock, Tries }, cancellation);

    /// <summary>A success forgets the count; until when the address was locked.</summary>
    public static Task<DateTimeOffset?> Forget(Transaction transaction, string key, CancellationToken cancellation) =>
        transaction.QueryOne<DateTimeOffset?>("delete from sign_in_failures where email_key = @key returning locked_until", new { key }, cancellation);

    /// <summary>A success forgets the count.</summary>
    public static Task Forget(Database database, string key, CancellationToken cancellation) =>
        database.Execute("delete from sign_in_failures where email_key = @key", new { key }, cancellation);
}
