using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>One sign-in of the caller.</summary>
public sealed record ListedSession
{
    /// <summary>The session (<c>ses_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Whether this call belongs to it.</summary>
    public required bool Current { get; init; }

    /// <summary>What the program that signed in calls itself.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Whether it was opened with a second factor.</summary>
    public required bool SecondFactor { get; init; }

    /// <summary>Signed in at.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Refreshed last at.</summary>
    public DateTimeOffset? RefreshedAt { get; init; }

    /// <summary>Over without a refresh before.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The caller's live sessions, newest first, and the end of one of them.</summary>
public static class ListSessions
{
    /// <summary>200 with a page of the caller's own. Any signed-in user may.</summary>
    public static async Task<Page<ListedSession>> Handle([AsParameters] PageQuery page, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Page<ListedSession>.Of(
            await database.Query<ListedSession>(
                """
                select id, id is not distinct from @Session as current, user_agent, second_factor, created_at, refreshed_at, expires_at from sessions
                where user_id = @UserId and ended_at is null and expires_at > @Now and id < @After order by id desc limit @Take
                """, new { caller.UserId, caller.Session, Now = clock.GetUtcNow(), page.After, page.Take }, cancellation),
            page, session => session.Id);

    /// <summary>Ends one. 204, also when it was over before; 404 for a session that is not the caller's. Any signed-in user may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> End(string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (!await transaction.QueryOne<bool>("select exists (select from sessions where id = @id and user_id = @UserId)", new { id, caller.UserId }, cancellation))
        {
            return Problem.NotFound("session", id);
        }

        if (await transaction.Execute(
            "update sessions set ended_at = @Now, ended_by = 'revoked' where id = @id and ended_at is null", new { id, Now = clock.GetUtcNow() }, cancellation) == 1)
        {
            await transaction.Record(caller, "session.ended", null, id, new { Ended = false }, new { Ended = true, By = "revoked" }, cancellation);
        }

        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
