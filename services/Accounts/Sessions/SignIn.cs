using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Users;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>Who signs in.</summary>
public sealed record SignInRequest(
    [Required, MaxLength(254), RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)] string Email,
    [Required, MaxLength(Passwords.MaxLength)] string Password);

/// <summary>Opens a session with a password.</summary>
public static class SignIn
{
    /// <summary>Tries with one address before it locks.</summary>
    public const int Tries = 10;

    /// <summary>How long an address stays locked, and how long a failure is remembered.</summary>
    public static readonly TimeSpan Lock = TimeSpan.FromMinutes(15);

    /// <summary>200 with the session's tokens; 401 <c>credentials_invalid</c>; 429 <c>sign_in_locked</c>. Anybody may.</summary>
    public static async Task<Results<Ok<SessionResponse>, ProblemHttpResult>> Handle(
        SignInRequest request, HttpContext context, Database database, Passwords passwords, SessionTokens tokens, TimeProvider clock, CancellationToken cancellation)
    {
        var key = EmailAddresses.Key(request.Email);
        var now = clock.GetUtcNow();
        var lockedUntil = await CountTry(database, key, now, cancellation);
        if (lockedUntil > now)
        {
            return Problems.SignInLocked(context, lockedUntil.Value - now);
        }

        var user = await database.QueryOne<(string? Id, string? Hash)>("select id, password_hash from users where email_key = @key", new { key }, cancellation);
        if (!passwords.Verify(user.Hash, request.Password, out var outdated))
        {
            return Problems.CredentialsInvalid();
        }

        var session = Ids.New("ses", clock);
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute("delete from sign_in_failures where email_key = @key", new { key }, cancellation);
        if (outdated)
        {
            await transaction.Execute("update users set password_hash = @Hash where id = @Id", new { Hash = passwords.Hash(request.Password), user.Id }, cancellation);
        }

        await transaction.Execute(
            "insert into sessions (id, user_id, created_at, expires_at) values (@session, @Id, @now, @Expires)",
            new { session, user.Id, now, Expires = now + SessionTokens.SessionLifetime }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(tokens.Mint(session, 1));
    }

    // Counted before the password is looked at, so that parallel guesses are not free; a success forgets the count.
    private static Task<DateTimeOffset?> CountTry(Database database, string key, DateTimeOffset now, CancellationToken cancellation) =>
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
}
