using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Teams;

/// <summary>What may change about a team.</summary>
public sealed record RenameTeamRequest([Required, PlainText(100)] string Title);

/// <summary>Gives a team another title.</summary>
public static class RenameTeam
{
    /// <summary>200 with the new ETag; 404 for strangers and unknown teams, 403 <c>role_missing</c>, 409 <c>title_taken</c>, 412 <c>version_mismatch</c>,
    /// 428 <c>if_match_required</c>. The organization's administrators may.</summary>
    public static async Task<Results<Ok<TeamResponse>, ProblemHttpResult>> Handle(
        string id, string teamId, RenameTeamRequest request, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is null || await Team.Find(transaction, id, teamId, cancellation) is not { } before)
        {
            return Problem.NotFound("team", teamId);
        }

        if (context.Mismatch(before.Version) is { } mismatch)
        {
            return mismatch;
        }

        if (await CreateTeam.IsTaken(transaction, id, request.Title, teamId, cancellation))
        {
            return Problems.TeamTitleTaken();
        }

        await transaction.Execute("update teams set title = @Title, version = version + 1 where id = @teamId", new { request.Title, teamId }, cancellation);
        await transaction.Record(caller, "team.renamed", id, teamId, new { before.Title }, new { request.Title }, cancellation);
        var after = await transaction.QueryOne<TeamResponse>($"{TeamResponse.Select} where t.id = @teamId", new { teamId, caller.UserId }, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(after!.Version);
        return TypedResults.Ok(after);
    }
}
