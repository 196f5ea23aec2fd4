using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Teams;

/// <summary>A team as shown.</summary>
public sealed record TeamResponse
{
    /// <summary>The team (<c>team_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Its organization.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>What it is called.</summary>
    public required string Title { get; init; }

    /// <summary>Whether it is the organization's default team, which stays.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>How many members it has.</summary>
    public required int MemberCount { get; init; }

    /// <summary>The caller's roles in it; none when not in it.</summary>
    public required string[] YourRoles { get; init; }

    /// <summary>Made at.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Sent as the ETag.</summary>
    internal long Version { get; init; }

    internal const string Select =
        """
        select t.id, t.organization_id, t.title, t.is_default, t.created_at, t.version,
            (select count(*)::int from team_members tm where tm.team_id = t.id) as member_count,
            coalesce((select tm.roles from team_members tm where tm.team_id = t.id and tm.user_id = @UserId), '{}') as your_roles
        from teams t
        """;

    internal static TeamResponse Of(Team team) => new()
    {
        Id = team.Id, OrganizationId = team.OrganizationId, Title = team.Title, IsDefault = team.IsDefault, MemberCount = 0, YourRoles = [], CreatedAt = team.CreatedAt,
    };
}

/// <summary>An organization's teams.</summary>
public static class ListTeams
{
    /// <summary>200 with a page, newest first; a provider has none. 404 for strangers, 403 <c>role_missing</c> for operators. Its members may.</summary>
    public static async Task<Results<Ok<Page<TeamResponse>>, ProblemHttpResult>> Handle(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Stranger(caller, id) is { } refusal)
        {
            return refusal;
        }

        var teams = await database.Query<TeamResponse>(
            $"{TeamResponse.Select} where t.organization_id = @id and t.id < @After order by t.id desc limit @Take",
            new { id, caller.UserId, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<TeamResponse>.Of(teams, page, team => team.Id));
    }

    /// <summary>200 with its ETag; 404 for strangers and unknown teams, 403 <c>role_missing</c> for operators. Members of the organization may.</summary>
    public static async Task<Results<Ok<TeamResponse>, ProblemHttpResult>> Read(
        string id, string teamId, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Stranger(caller, id) is { } refusal)
        {
            return refusal;
        }

        if (await database.QueryOne<TeamResponse>(
            $"{TeamResponse.Select} where t.id = @teamId and t.organization_id = @id", new { id, teamId, caller.UserId }, cancellation) is not { } team)
        {
            return Problem.NotFound("team", teamId);
        }

        context.SetVersion(team.Version);
        return TypedResults.Ok(team);
    }

    /// <summary>Null for members; 404 for strangers, 403 <c>role_missing</c> for operators and where membership gives no role, as in a disabled organization.</summary>
    internal static ProblemHttpResult? Stranger(Caller caller, string id) => caller.In(id) switch
    {
        { Roles.Count: > 0 } => null,
        { } membership => Problem.RoleMissing(id, [.. Organization.RolesOf(membership.Kind)]),
        null when caller.IsOperator => Problem.RoleMissing(id, "member"),
        null => Problem.NotFound("organization", id),
    };
}
