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

/// <summary>The password was right; a code of the second factor opens the session.</summary>
/// <param name="Ticket">Send it with the code to <c>POST /v1/sessions/second-factor</c>.</param>
/// <param name="ExpiresIn">Seconds for which it is good.</param>
public sealed record SecondFactorNeededResponse(string Ticket, int ExpiresIn);

/// <summary>Opens a session with a password, or begins to when the user has a second factor.</summary>
public static class SignIn
{
    /// <summary>200 with the session's tokens, 202 with a ticket when the second factor comes next; 401 <c>credentials_invalid</c>, 403 <c>email_not_confirmed</c>
    /// or <c>user_disabled</c> (after the right password only), 429 <c>sign_in_locked</c>. Anybody may.</summary>
    public static async Task<Results<Ok<SessionResponse>, Accepted<SecondFactorNeededResponse>, ProblemHttpResult>> Handle(
        SignInRequest request, HttpContext context, Database database, Passwords passwords, SessionTokens tokens, EmailConfirmation confirmation, TimeProvider clock,
        CancellationToken cancellation)
    {
        var key = EmailAddresses.Key(request.Email);
        var user = await database.QueryOne<SigningIn>(
            """
            select u.id, u.password_hash, u.email_confirmed_at is not null as confirmed, u.disabled_at is not null as disabled, u.security_version,
                exists (select from second_factors f where f.user_id = u.id and f.confirmed_at is not null) as second_factor
            from users u where u.email_key = @key
            """, new { key }, cancellation);
        var (locked, isRight, renewed) = await SignInTries.Verify(database, passwords, key, user?.PasswordHash, request.Password, clock, cancellation);
        if (locked is { } left)
        {
            return Problems.SignInLocked(context, left);
        }

        if (!isRight)
        {
            return Problems.CredentialsInvalid();
        }

        if (user!.Disabled)
        {
            return Problems.UserDisabled();
        }

        if (confirmation.Demanded && !user.Confirmed)
        {
            return Problems.EmailNotConfirmed();
        }

        if (user.SecondFactor)
        {
            // The try stays counted until the code was right: whoever knows the password may not guess codes for ever.
            return TypedResults.Accepted((string?)null, tokens.MintTicket(user.Id, user.SecurityVersion));
        }

        await using var transaction = await database.Begin(cancellation);
        await SignInTries.Forget(transaction, key, cancellation);
        if (renewed is not null)
        {
            await transaction.Execute("update users set password_hash = @renewed where id = @Id and security_version = @SecurityVersion", new { renewed, user.Id, user.SecurityVersion }, cancellation);
        }

        if (await Open(transaction, user.Id, user.SecurityVersion, false, context, clock, cancellation) is not { } session)
        {
            return Problems.CredentialsInvalid();
        }

        await transaction.Commit(cancellation);
        return TypedResults.Ok(tokens.Mint(session, 1));
    }

    /// <summary>Writes a new session's row; null when password or second factor were changed, or the user disabled, since they were checked. The user's row is
    /// held against such a change: it ends this session with the others, or this session is not opened.</summary>
    internal static async Task<string?> Open(
        Transaction transaction, string userId, int securityVersion, bool secondFactor, HttpContext context, TimeProvider clock, CancellationToken cancellation)
    {
        var session = Ids.New("ses", clock);
        var now = clock.GetUtcNow();
        var agent = new string([.. context.Request.Headers.UserAgent.ToString().Where(letter => !char.IsControl(letter)).Take(200)]);
        return await transaction.QueryOne<string>(
            """
            with holder as (select id from users where id = @userId and security_version = @securityVersion and disabled_at is null for share)
            insert into sessions (id, user_id, created_at, expires_at, user_agent, second_factor)
            select @session, id, @now, @Expires, nullif(@agent, ''), @secondFactor from holder
            returning id
            """, new { session, userId, securityVersion, now, Expires = now + SessionTokens.SessionLifetime, agent, secondFactor }, cancellation);
    }

    private sealed record SigningIn(string Id, string PasswordHash, bool Confirmed, bool Disabled, int SecurityVersion, bool SecondFactor);
}
