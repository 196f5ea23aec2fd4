using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Tokens;

/// <summary>Takes a personal API token out of use at once.</summary>
public static class RevokeToken
{
    /// <summary>204; 404 for a token that is not the caller's. Any signed-in user may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(string id, Caller caller, Database database, CancellationToken cancellation) =>
        await database.Execute("delete from tokens where id = @id and user_id = @UserId", new { id, caller.UserId }, cancellation) == 1
            ? TypedResults.NoContent()
            : Problem.NotFound("token", id);
}
