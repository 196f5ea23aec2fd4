using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Audit;
using Marketplace.Accounts.Mail;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>The token of a confirmation mail.</summary>
public sealed record ConfirmEmailRequest([Required, PlainText(200)] string Token);

/// <summary>The address whose confirmation mail did not arrive.</summary>
public sealed record ResendConfirmationRequest(
    [Required, MaxLength(254), RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)] string Email);

/// <summary>Confirms that a user reads the address that the user signed up with.</summary>
public static class ConfirmEmail
{
    /// <summary>204; 409 <c>link_invalid</c>. Anybody who holds the token may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(ConfirmEmailRequest request, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await database.Begin(cancellation);
        if (await MailedLinks.Use(transaction, request.Token, MailedLinks.ConfirmEmail, now, cancellation) is not { } userId)
        {
            return Problems.LinkInvalid();
        }

        var before = await transaction.QueryOne<DateTimeOffset?>("select email_confirmed_at from users where id = @userId for update", new { userId }, cancellation);
        var after = before ?? now;
        await transaction.Execute("update users set email_confirmed_at = @after where id = @userId", new { after, userId }, cancellation);
        await transaction.Record(OneSelf.Of(userId), "email.confirmed", null, userId, new { EmailConfirmedAt = before }, new { EmailConfirmedAt = after }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    /// <summary>Mails another link. 202 whether or not the address waits for one, so that nobody learns who has signed up. Anybody may.</summary>
    public static async Task<Accepted> Resend(
        ResendConfirmationRequest request, Database database, Mailbox mailbox, Letters letters, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (id, email) = await transaction.QueryOne<(string? Id, string? Email)>(
            "select id, email from users where email_key = @Key and email_confirmed_at is null for update", new { Key = EmailAddresses.Key(request.Email) }, cancellation);
        if (id is not null && !await mailbox.Overfull(transaction, email!, Letters.ConfirmEmailKind, cancellation))
        {
            var token = await MailedLinks.Make(transaction, id, MailedLinks.ConfirmEmail, clock.GetUtcNow(), cancellation);
            await mailbox.Put(transaction, email!, letters.ConfirmEmail(token), cancellation);
            await transaction.Record(null, "email.link_mailed", null, id, null, new { Mailed = Letters.ConfirmEmailKind }, cancellation);
            await transaction.Commit(cancellation);
        }

        return TypedResults.Accepted((string?)null);
    }
}
