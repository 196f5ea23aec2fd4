using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.SecondFactor;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>A user as operators see one.</summary>
public sealed record UserResponse
{
    /// <summary>The user (<c>usr_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The user's e-mail address.</summary>
    public required string Email { get; init; }

    /// <summary>First name, if given.</summary>
    public string? FirstName { get; init; }

    /// <summary>Last name, if given.</summary>
    public string? LastName { get; init; }

    /// <summary>True for operators of the platform.</summary>
    public required bool IsOperator { get; init; }

    /// <summary>Whether the user has opened a link that was mailed to the address.</summary>
    public required bool EmailConfirmed { get; init; }

    /// <summary>Whether signing in asks for a code.</summary>
    public required bool SecondFactor { get; init; }

    /// <summary>Disabled since; null for users who may sign in.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Locked for too many failed sign-ins until; null for users who are not.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Signed up at.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Operators look for users, lock them out and let them in again.</summary>
public static class ManageUsers
{
    private const string Select =
        """
        select u.id, u.email, u.first_name, u.last_name, u.is_operator, u.email_confirmed_at is not null as email_confirmed, u.disabled_at, u.created_at,
            exists (select from second_factors s where s.user_id = u.id and s.confirmed_at is not null) as second_factor,
            case when f.locked_until > @Now then f.locked_until end as locked_until
        from users u left join sign_in_failures f on f.email_key = u.email_key
        """;

    /// <summary>200 with a page, newest first. Operators may.</summary>
    /// <param name="search">A part of the address or of the name.</param>
    /// <param name="state">Only users who are <c>active</c>, <c>disabled</c>, <c>locked</c> or <c>unconfirmed</c>.</param>
    public static async Task<Page<UserResponse>> List(
        [AsParameters] PageQuery page,
        [PlainText(254)] string? search,
        [AllowedValues(null, "active", "disabled", "locked", "unconfirmed", ErrorMessage = "One of: active, disabled, locked, unconfirmed.")] string? state,
        Database database, TimeProvider clock, CancellationToken cancellation) =>
        Page<UserResponse>.Of(
            await database.Query<UserResponse>(
                $"""
                {Select}
                where u.id < @After and (@search::text is null or strpos(u.email_key || ' ' || lower(concat_ws(' ', u.first_name, u.last_name)), lower(@search)) > 0)
                  and case @state::text
                      when 'active' then u.disabled_at is null
                      when 'disabled' then u.disabled_at is not null
                      when 'locked' then f.locked_until > @Now
                      when 'unconfirmed' then u.email_confirmed_at is null
                      else true end
                order by u.id desc limit @Take
                """, new { page.After, page.Take, search, state, Now = clock.GetUtcNow() }, cancellation),
            page, user => user.Id);

    /// <summary>200; 404 when there is none. Operators may.</summary>
    public static async Task<Results<Ok<UserResponse>, ProblemHttpResult>> Read(string id, Database database, TimeProvider clock, CancellationToken cancellation) =>
        await database.QueryOne<UserResponse>($"{Select} where u.id = @id", new { id, Now = clock.GetUtcNow() }, cancellation) is { } user
            ? TypedResults.Ok(user)
            : Problem.NotFound("user", id);

    /// <summary>200: every session is over, sessions and personal tokens are refused from the next request on. 404 when there is none, 409 <c>own_account</c>, <c>last_operator</c>, or
    /// <c>last_administrator</c> of an enabled organization. Operators may.</summary>
    public static Task<Results<Ok<UserResponse>, ProblemHttpResult>> Disable(string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation) =>
        id == caller.UserId ? Task.FromResult<Results<Ok<UserResponse>, ProblemHttpResult>>(Problems.OwnAccount())
        : Change(
            id, "user.disabled",
            """
            update sessions set ended_at = @Now, ended_by = 'user_disabled' where user_id = @id and ended_at is null;
            update users set disabled_at = coalesce(disabled_at, @Now), security_version = security_version + 1 where id = @id
            """, caller, database, clock, cancellation, refusal: async transaction =>
                await Organization.LeftBy(transaction, id, cancellation) is { } left ? Problems.LastAdministrator(left) : await LastOperator(transaction, id, cancellation));

    /// <summary>200; 404 when there is none. Operators may.</summary>
    public static Task<Results<Ok<UserResponse>, ProblemHttpResult>> Enable(string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Change(id, "user.enabled", "update users set disabled_at = null where id = @id", caller, database, clock, cancellation);

    /// <summary>200: failed sign-ins are forgotten. 404 when there is none. Operators may.</summary>
    public static Task<Results<Ok<UserResponse>, ProblemHttpResult>> Unlock(string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Change(
            id, "user.unlocked", "delete from sign_in_failures f using users u where u.id = @id and f.email_key = u.email_key", caller, database, clock, cancellation);

    /// <summary>200: signing in asks for the password only, and the user is told by mail. For who lost phone and recovery codes. 404 when there is none. Operators may.</summary>
    public static Task<Results<Ok<UserResponse>, ProblemHttpResult>> RemoveSecondFactor(
        string id, Caller caller, Database database, Mailbox mailbox, TimeProvider clock, CancellationToken cancellation) =>
        Change(id, "user.second_factor_removed", Authenticator.Removal, caller, database, clock, cancellation, mailbox);

    // The rows of all operators who may sign in are held in one order, before anybody's changes: of two who disable each other, the second finds itself the last one's.
    private static async Task<ProblemHttpResult?> LastOperator(Transaction transaction, string id, CancellationToken cancellation) =>
        await transaction.Query<string>("select id from users where is_operator and disabled_at is null order by id for update", null, cancellation) is [var last] && last == id
            ? Problems.LastOperator()
            : null;

    private static async Task<Results<Ok<UserResponse>, ProblemHttpResult>> Change(
        string id, string action, string change, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation, Mailbox? toldBy = null,
        Func<Transaction, Task<ProblemHttpResult?>>? refusal = null)
    {
        var parameters = new { id, Now = clock.GetUtcNow() };
        await using var transaction = await database.Begin(cancellation);
        if (refusal is not null && await refusal(transaction) is { } refused)
        {
            return refused;
        }

        if (await transaction.QueryOne<UserResponse>($"{Select} where u.id = @id for update of u", parameters, cancellation) is not { } before)
        {
            return Problem.NotFound("user", id);
        }

        await transaction.Execute(change, parameters, cancellation);
        var after = (await transaction.QueryOne<UserResponse>($"{Select} where u.id = @id", parameters, cancellation))!;
        if (before != after)
        {
            await transaction.Record(
                caller, action, null, id, new { before.DisabledAt, before.LockedUntil, before.SecondFactor }, new { after.DisabledAt, after.LockedUntil, after.SecondFactor },
                cancellation);
            if (toldBy is not null)
            {
                await toldBy.Put(transaction, after.Email, Letters.SecondFactorChanged(after.SecondFactor), cancellation);
            }
        }

        await transaction.Commit(cancellation);
        return TypedResults.Ok(after);
    }
}
