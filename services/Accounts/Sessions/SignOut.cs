using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Sessions;

/// <summary>Ends the session that the call belongs to; its tokens are refused from then on.</summary>
public static class SignOut
{
    /// <summary>204, also when it was ended before; 409 <c>session_missing</c> for personal tokens. Any signed-in user may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (caller.Session is null)
        {
            return Problems.SessionMissing();
        }

        await database.Execute(
            "update sessions set ended_at = @Now, ended_by = 'sign_out' where id = @Session and user_id = @UserId and ended_at is null",
            new { Now = clock.GetUtcNow(), caller.Session, caller.UserId }, cancellation);
        return TypedResults.NoContent();
    }
}
