using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Teams;

/// <summary>A member of a team.</summary>
public sealed record TeamMemberResponse
{
    /// <summary>The user (<c>usr_…</c>), a member of the organization.</summary>
    public required string UserId { get; init; }

    /// <summary>The user's e-mail address.</summary>
    public required string Email { get; init; }

    /// <summary>First name, if given.</summary>
    public string? FirstName { get; init; }

    /// <summary>Last name, if given.</summary>
    public string? LastName { get; init; }

    /// <summary>The roles held in the team.</summary>
    public required string[] Roles { get; init; }

    /// <summary>In the team since.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Sent as the ETag.</summary>
    internal long Version { get; init; }

    internal const string Select =
        """
        select t.user_id, u.email, u.first_name, u.last_name, t.roles, t.created_at, t.version
        from team_members t join users u on u.id = t.user_id
        """;
}

/// <summary>A team's members.</summary>
public static class ListTeamMembers
{
    /// <summary>200 with a page, newest user first; 404 for strangers and unknown teams, 403 <c>role_missing</c> for operators. Members of the organization may.</summary>
    public static async Task<Results<Ok<Page<TeamMemberResponse>>, ProblemHttpResult>> Handle(
        string id, string teamId, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (ListTeams.Stranger(caller, id) is { } refusal)
        {
            return refusal;
        }

        if (!await database.QueryOne<bool>("select exists (select from teams where id = @teamId and organization_id = @id)", new { teamId, id }, cancellation))
        {
            return Problem.NotFound("team", teamId);
        }

        var members = await database.Query<TeamMemberResponse>(
            $"{TeamMemberResponse.Select} where t.team_id = @teamId and t.user_id < @After order by t.user_id desc limit @Take",
            new { teamId, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<TeamMemberResponse>.Of(members, page, member => member.UserId));
    }

    /// <summary>200 with its ETag; 404 for strangers, unknown teams and who is not in the team, 403 <c>role_missing</c> for operators. Members of the organization may.</summary>
    public static async Task<Results<Ok<TeamMemberResponse>, ProblemHttpResult>> Read(
        string id, string teamId, string userId, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        if (ListTeams.Stranger(caller, id) is { } refusal)
        {
            return refusal;
        }

        if (await database.QueryOne<TeamMemberResponse>(
            $"{TeamMemberResponse.Select} where t.team_id = @teamId and t.organization_id = @id and t.user_id = @userId", new { id, teamId, userId }, cancellation) is not { } member)
        {
            return Problem.NotFound("team member", userId);
        }

        context.SetVersion(member.Version);
        return TypedResults.Ok(member);
    }
}
