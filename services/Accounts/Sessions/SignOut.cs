using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>Ends the session that the call belongs to, or every session of the caller; their tokens are refused from then on.</summary>
public static class SignOut
{
    /// <summary>204, also when it was ended before; 409 <c>session_missing</c> for personal tokens that do not say <c>all</c>. Any signed-in user may.</summary>
    /// <param name="all">Ends every session of the caller.</param>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Caller caller, Database database, TimeProvider clock, CancellationToken cancellation, bool all = false)
    {
        if (caller.Session is null && !all)
        {
            return Problems.SessionMissing();
        }

        await using var transaction = await database.Begin(cancellation);
        var ended = await transaction.Query<string>(
            "update sessions set ended_at = @Now, ended_by = 'sign_out' where (@all or id = @Session) and user_id = @UserId and ended_at is null returning id",
            new { Now = clock.GetUtcNow(), all, caller.Session, caller.UserId }, cancellation);
        foreach (var session in ended)
        {
            await transaction.Record(caller, "session.ended", null, session, new { Ended = false }, new { Ended = true, By = "sign_out" }, cancellation);
        }

        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
