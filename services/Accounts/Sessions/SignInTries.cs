using Marketplace.Storage;

namespace Marketplace.Accounts.Sessions;

/// <summary>Counts tries to sign in by address, whether or not it has a user, and locks an address that has too many.</summary>
public static class SignInTries
{
    /// <summary>Tries with one address before it locks.</summary>
    public const int Tries = 10;

    /// <summary>How long an address stays locked, and how long a failure is remembered.</summary>
    public static readonly TimeSpan Lock = TimeSpan.FromMinutes(15);

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

    /// <summary>A success forgets the count.</summary>
    public static Task Forget(Transaction transaction, string key, CancellationToken cancellation) =>
        transaction.Execute("delete from sign_in_failures where email_key = @key", new { key }, cancellation);
}
