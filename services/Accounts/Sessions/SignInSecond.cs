using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.SecondFactor;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>The ticket of a sign-in that waits for its second factor, and a code of the authenticator app or a recovery code.</summary>
public sealed record SignInSecondRequest(
    [Required, MaxLength(2000)] string Ticket,
    [RegularExpression("^[0-9]{6}$", ErrorMessage = "Six digits.")] string? Code = null,
    [PlainText(40)] string? RecoveryCode = null) : IValidatableObject
{
    /// <summary>One of the two codes.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Code is null == RecoveryCode is null)
        {
            yield return new ValidationResult("Send either the app's code or a recovery code.", [nameof(Code)]);
        }
    }
}

/// <summary>Opens a session whose password was right, with a code of the second factor.</summary>
public static class SignInSecond
{
    /// <summary>200 with the session's tokens; 401 <c>ticket_invalid</c>, 403 <c>code_wrong</c>, 429 <c>sign_in_locked</c>. Anybody who holds a ticket may.</summary>
    public static async Task<Results<Ok<SessionResponse>, ProblemHttpResult>> Handle(
        SignInSecondRequest request, HttpContext context, Database database, SessionTokens tokens, Authenticator authenticator, TimeProvider clock, CancellationToken cancellation)
    {
        if (tokens.ReadTicket(request.Ticket) is not var (userId, securityVersion))
        {
            return Problems.TicketInvalid();
        }

        var now = clock.GetUtcNow();
        var key = await database.QueryOne<string>(
            "select email_key from users where id = @userId and security_version = @securityVersion and disabled_at is null", new { userId, securityVersion }, cancellation);
        if (key is null)
        {
            return Problems.TicketInvalid();
        }

        // Wrong codes count with wrong passwords, before the code is looked at.
        var lockedUntil = await SignInTries.Count(database, key, now, cancellation);
        if (lockedUntil > now)
        {
            return Problems.SignInLocked(context, lockedUntil.Value - now);
        }

        await using var transaction = await database.Begin(cancellation);
        if (!await (request.Code is { } code
            ? authenticator.Use(transaction, userId, code, cancellation)
            : RecoveryCodes.Use(transaction, userId, request.RecoveryCode!, now, cancellation)))
        {
            return Problems.CodeWrong();
        }

        await SignInTries.Forget(transaction, key, cancellation);
        if (await SignIn.Open(transaction, userId, securityVersion, true, context, clock, cancellation) is not { } session)
        {
            return Problems.TicketInvalid();
        }

        await transaction.Commit(cancellation);
        return TypedResults.Ok(tokens.Mint(session, 1));
    }
}
