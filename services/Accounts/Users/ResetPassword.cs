using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Audit;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Sessions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>The address of somebody who forgot the password.</summary>
public sealed record ForgotPasswordRequest(
    [Required, MaxLength(254), RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)] string Email);

/// <summary>The token of a reset mail, and the new password.</summary>
public sealed record ResetPasswordRequest(
    [Required, PlainText(200)] string Token,
    [Required, MinLength(Passwords.MinLength), MaxLength(Passwords.MaxLength)] string Password);

/// <summary>Sets another password for a user who forgot it and reads the address.</summary>
public static class ResetPassword
{
    /// <summary>Mails a link. 202 whether or not the address has a user. Anybody may.</summary>
    public static async Task<Accepted> Ask(
        ForgotPasswordRequest request, Database database, Mailbox mailbox, Letters letters, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (id, email) = await transaction.QueryOne<(string? Id, string? Email)>(
            "select id, email from users where email_key = @Key and disabled_at is null for update", new { Key = EmailAddresses.Key(request.Email) }, cancellation);
        if (id is not null && !await mailbox.Overfull(transaction, email!, Letters.ResetPasswordKind, cancellation))
        {
            var token = await MailedLinks.Make(transaction, id, MailedLinks.ResetPassword, clock.GetUtcNow(), cancellation);
            await mailbox.Put(transaction, email!, letters.ResetPassword(token), cancellation);
            await transaction.Record(null, "password.link_mailed", null, id, null, new { Mailed = Letters.ResetPasswordKind }, cancellation);
            await transaction.Commit(cancellation);
        }

        return TypedResults.Accepted((string?)null);
    }

    /// <summary>204: every session of the user is over, the address is confirmed and no longer locked; a second factor stays.
    /// 409 <c>link_invalid</c>. Anybody who holds the token may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        ResetPasswordRequest request, Database database, Passwords passwords, Mailbox mailbox, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        // A hash is made for who holds a link, before the link is used up: nothing is held meanwhile.
        if (!await MailedLinks.IsGood(database, request.Token, MailedLinks.ResetPassword, now, cancellation))
        {
            return Problems.LinkInvalid();
        }

        var hash = await passwords.Hash(request.Password, cancellation);
        await using var transaction = await database.Begin(cancellation);
        if (await MailedLinks.Use(transaction, request.Token, MailedLinks.ResetPassword, now, cancellation) is not { } userId)
        {
            return Problems.LinkInvalid();
        }

        var (email, confirmed) = await transaction.QueryOne<(string Email, DateTimeOffset? Confirmed)>(
            """
            with before as (select id, email_confirmed_at from users where id = @userId for update)
            update users u set email_confirmed_at = coalesce(u.email_confirmed_at, @now) from before b where u.id = b.id returning u.email, b.email_confirmed_at
            """, new { now, userId }, cancellation);
        if (Passwords.Weakness(request.Password, email) is { } weakness)
        {
            return Problem.Invalid("password", weakness);
        }

        await ChangePassword.Write(transaction, userId, hash, "password_reset", null, now, cancellation);
        var locked = await SignInTries.Forget(transaction, EmailAddresses.Key(email), cancellation);
        await mailbox.Put(transaction, email, Letters.PasswordChanged(), cancellation);
        await transaction.Record(
            OneSelf.Of(userId), "password.reset", null, userId, new { EmailConfirmedAt = confirmed, LockedUntil = locked > now ? locked : null },
            new { Sessions = "ended", EmailConfirmedAt = confirmed ?? now, LockedUntil = (DateTimeOffset?)null }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
