using Marketplace.Accounts.Sessions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>Asks a signed-in user for the password before what guards the account changes: a session left open on a desk, or a stolen token, is not enough.
/// Wrong ones count as failed sign-ins, so that this is no way around the lock; the right one forgets them.</summary>
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

        var key = EmailAddresses.Key(user.Email);
        var (locked, isRight, _) = await SignInTries.Verify(database, passwords, key, user.Hash, password, clock, cancellation);
        if (locked is { } left)
        {
            return ("", Problems.SignInLocked(context, left));
        }

        if (!isRight)
        {
            return ("", Problems.PasswordWrong(field));
        }

        await SignInTries.Forget(database, key, cancellation);
        return (user.Email, null);
    }
}
