using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Teams;

/// <summary>Deletes a team that nobody is in any more.</summary>
public static class DeleteTeam
{
    /// <summary>204; 404 for strangers and unknown teams, 403 <c>role_missing</c>, 409 <c>default_team</c> or <c>team_has_members</c>. The organization's administrators may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, string teamId, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is null || await Team.Find(transaction, id, teamId, cancellation) is not { } team)
        {
            return Problem.NotFound("team", teamId);
        }

        if (team.IsDefault)
        {
            return Problems.DefaultTeam();
        }

        if (await transaction.QueryOne<bool>("select exists (select from team_members where team_id = @teamId)", new { teamId }, cancellation))
        {
            return Problems.TeamHasMembers();
        }

        await transaction.Execute("delete from teams where id = @teamId", new { teamId }, cancellation);
        await transaction.Record(caller, "team.deleted", id, teamId, new { team.Title }, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
