using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Users;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.SecondFactor;

/// <summary>The caller's password, asked before the second factor changes.</summary>
public sealed record SecondFactorRequest([Required, MaxLength(Passwords.MaxLength)] string Password);

/// <summary>A code that the authenticator app shows.</summary>
public sealed record ConfirmSecondFactorRequest([Required, RegularExpression("^[0-9]{6}$", ErrorMessage = "Six digits.")] string Code);

/// <summary>What an authenticator app needs.</summary>
/// <param name="Secret">To be typed where no QR code can be read; not shown again.</param>
/// <param name="OtpauthUri">To be shown as a QR code.</param>
public sealed record EnrolSecondFactorResponse(string Secret, string OtpauthUri);

/// <summary>Codes for when the phone is gone; not shown again.</summary>
public sealed record RecoveryCodesResponse(IReadOnlyList<string> RecoveryCodes);

/// <summary>Turns the caller's second factor on and off. Each step but the confirmation asks for the password.</summary>
public static class ManageSecondFactor
{
    /// <summary>200 with a new key; nothing changes until it is confirmed. 403 <c>password_wrong</c>, 409 <c>second_factor_on</c> or <c>session_missing</c>. Any signed-in user may.</summary>
    public static async Task<Results<Ok<EnrolSecondFactorResponse>, ProblemHttpResult>> Enrol(
        SecondFactorRequest request, HttpContext context, Caller caller, Database database, PasswordProof proof, Authenticator authenticator, TimeProvider clock,
        CancellationToken cancellation)
    {
        var (email, refusal) = await proof.Of(caller, request.Password, "password", context, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await authenticator.Enrol(transaction, caller.UserId, clock.GetUtcNow(), cancellation) is not { } key)
        {
            return Problems.SecondFactorOn();
        }

        await transaction.Record(caller, "second_factor.enrolled", null, caller.UserId, null, new { SecondFactor = "unconfirmed" }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new EnrolSecondFactorResponse(key, AuthenticatorCodes.Address(email, key)));
    }

    /// <summary>200 with recovery codes: from now on signing in asks for a code. 403 <c>code_wrong</c>, 409 <c>second_factor_off</c> or <c>session_missing</c>. Any signed-in user may.</summary>
    public static async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> Confirm(
        ConfirmSecondFactorRequest request, Caller caller, Database database, Authenticator authenticator, Mailbox mailbox, TimeProvider clock, CancellationToken cancellation)
    {
        if (caller.Session is null)
        {
            return Problems.SessionNeeded();
        }

        await using var transaction = await database.Begin(cancellation);
        if (await authenticator.Confirm(transaction, caller.UserId, request.Code, clock.GetUtcNow(), cancellation) is not true and var wrong)
        {
            return wrong is null ? Problems.SecondFactorOff() : Problems.CodeWrong();
        }

        var codes = await RecoveryCodes.Replace(transaction, caller.UserId, cancellation);
        await Tell(transaction, caller, mailbox, true, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new RecoveryCodesResponse(codes));
    }

    /// <summary>200 with new recovery codes; the old ones stop working. 403 <c>password_wrong</c>, 409 <c>second_factor_off</c> or <c>session_missing</c>. Any signed-in user may.</summary>
    public static async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> Renew(
        SecondFactorRequest request, HttpContext context, Caller caller, Database database, PasswordProof proof, CancellationToken cancellation)
    {
        var (_, refusal) = await proof.Of(caller, request.Password, "password", context, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await transaction.QueryOne<string>(
            "select user_id from second_factors where user_id = @UserId and confirmed_at is not null for update", new { caller.UserId }, cancellation) is null)
        {
            return Problems.SecondFactorOff();
        }

        var left = await transaction.QueryOne<long>("select count(*) from recovery_codes where user_id = @UserId and used_at is null", new { caller.UserId }, cancellation);
        var codes = await RecoveryCodes.Replace(transaction, caller.UserId, cancellation);
        await transaction.Record(caller, "recovery_codes.renewed", null, caller.UserId, new { Left = left }, new { Left = codes.Count }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new RecoveryCodesResponse(codes));
    }

    /// <summary>204: signing in asks for the password only. 403 <c>password_wrong</c>, 409 <c>second_factor_off</c> or <c>session_missing</c>. Any signed-in user may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Disable(
        SecondFactorRequest request, HttpContext context, Caller caller, Database database, PasswordProof proof, Mailbox mailbox, CancellationToken cancellation)
    {
        var (_, refusal) = await proof.Of(caller, request.Password, "password", context, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (!await Authenticator.Remove(transaction, caller.UserId, cancellation))
        {
            return Problems.SecondFactorOff();
        }

        await Tell(transaction, caller, mailbox, false, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    private static async Task Tell(Transaction transaction, Caller caller, Mailbox mailbox, bool on, CancellationToken cancellation)
    {
        var email = await transaction.QueryOne<string>("select email from users where id = @UserId", new { caller.UserId }, cancellation);
        await mailbox.Put(transaction, email!, Letters.SecondFactorChanged(on), cancellation);
        await transaction.Record(caller, on ? "second_factor.turned_on" : "second_factor.turned_off", null, caller.UserId, new { SecondFactor = !on }, new { SecondFactor = on }, cancellation);
    }
}
