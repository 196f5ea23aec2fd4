using Marketplace.Accounts.Sessions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>Asks a signed-in user for the password before what guards the account changes: a session left open on a desk, or a stolen token, is not enough.
/// Wrong ones count as failed sign-ins, so that this is no way around the lock.</summary>
public sealed class PasswordProof(Database database, Passwords passwords, TimeProvider clock)
{
    /// <summary>The caller's address, or the refusal: 409 <c>session_missing</c>, 429 <c>sign_in_locked</c>, 403 <c>password_wrong</c>.</summary>
    public async Task<(string Email, ProblemHttpResult? Refusal)> Of(Caller caller, string password, string field, HttpContext context, CancellationToken cancellation)
    {
        if (caller.Session is null)
        {
            return ("", Problems.SessionNeeded());
        }

        var user = await database.QueryOne<(string? Email, string? Hash)>("select email, password_hash from users where id = @UserId", new { caller.UserId }, cancellation);
        if (user.Email is null)
        {
            return ("", Problem.NotFound("user", caller.UserId));
        }

        var now = clock.GetUtcNow();
        var lockedUntil = await SignInTries.Count(database, EmailAddresses.Key(user.Email), now, cancellation);
        return lockedUntil > now ? ("", Problems.SignInLocked(context, lockedUntil.Value - now))
            : (await passwords.Verify(user.Hash, password, cancellation)).IsRight ? (user.Email, null)
            : ("", Problems.PasswordWrong(field));
    }

    /// <summary>Forgets the tries once the change that the password was asked for is made.</summary>
    public static Task Passed(Transaction transaction, string email, CancellationToken cancellation) => SignInTries.Forget(transaction, EmailAddresses.Key(email), cancellation);
}
