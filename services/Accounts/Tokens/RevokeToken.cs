using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Tokens;

/// <summary>Takes a personal API token out of use at once.</summary>
public static class RevokeToken
{
    /// <summary>204; 404 for a token that is not the caller's. Any signed-in user may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await transaction.QueryOne<string>("delete from tokens where id = @id and user_id = @UserId returning title", new { id, caller.UserId }, cancellation) is not { } title)
        {
            return Problem.NotFound("token", id);
        }

        await transaction.Record(caller, "token.revoked", null, id, new { title }, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
