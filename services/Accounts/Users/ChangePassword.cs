using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Mail;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>The password that holds, and the one that shall.</summary>
public sealed record ChangePasswordRequest(
    [Required, MaxLength(Passwords.MaxLength)] string CurrentPassword,
    [Required, MinLength(Passwords.MinLength), MaxLength(Passwords.MaxLength)] string NewPassword);

/// <summary>Gives the caller another password. Every other session ends; personal API tokens stay.</summary>
public static class ChangePassword
{
    /// <summary>204; 403 <c>password_wrong</c>, 429 <c>sign_in_locked</c>, 409 <c>session_missing</c> for personal tokens. Any signed-in user may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        ChangePasswordRequest request, HttpContext context, Caller caller, Database database, Passwords passwords, PasswordProof proof, Mailbox mailbox, TimeProvider clock,
        CancellationToken cancellation)
    {
        var (email, refusal) = await proof.Of(caller, request.CurrentPassword, "currentPassword", context, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (Passwords.Weakness(request.NewPassword, email) is { } weakness)
        {
            return Problem.Invalid("newPassword", weakness);
        }

        var hash = await passwords.Hash(request.NewPassword, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await Write(transaction, caller.UserId, hash, "password_changed", caller.Session, clock.GetUtcNow(), cancellation);
        await mailbox.Put(transaction, email, Letters.PasswordChanged(), cancellation);
        await transaction.Record(caller, "password.changed", null, caller.UserId, null, new { OtherSessions = "ended" }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    /// <summary>Stores the hash, ends every session but one, and makes mailed links and half-finished sign-ins worthless.</summary>
    internal static Task Write(
        Transaction transaction, string userId, string hash, string why, string? sessionKept, DateTimeOffset now, CancellationToken cancellation) => transaction.Execute(
        """
        update users set password_hash = @hash, security_version = security_version + 1 where id = @userId;
        update sessions set ended_at = @now, ended_by = @why where user_id = @userId and ended_at is null and id is distinct from @sessionKept;
        delete from links where user_id = @userId and purpose = 'reset_password'
        """, new { userId, hash, why, sessionKept, now }, cancellation);
}
