using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Teams;

/// <summary>Who comes into a team, with which roles.</summary>
public sealed record AddTeamMemberRequest(
    [Required, PlainText(64)] string UserId, [Required, MinLength(1), MaxLength(10)] IReadOnlyList<string> Roles);

/// <summary>The roles a member is to hold in the team from now on.</summary>
public sealed record ChangeTeamMemberRequest([Required, MinLength(1), MaxLength(10)] IReadOnlyList<string> Roles);

/// <summary>Takes members of the organization into a team, gives them other roles there, takes them out. What a team gives or no longer gives
/// holds from a member's next request on, as everywhere.</summary>
public static class ChangeTeamMember
{
    /// <summary>201; 404 for strangers, unknown teams and who is no member of the organization, 403 <c>role_missing</c>, 409 <c>already_in_team</c>.
    /// The organization's administrators may, and who manages the team, but for making managers.</summary>
    public static async Task<Results<Created<TeamMemberResponse>, ProblemHttpResult>> Add(
        string id, string teamId, AddTeamMemberRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        string[] roles = [.. request.Roles.Distinct()];
        var userId = request.UserId;
        await using var transaction = await database.Begin(cancellation);
        var (_, refusal) = await Decide(transaction, id, teamId, caller, userId, roles, adding: true, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await transaction.Execute(
            "insert into team_members (team_id, organization_id, user_id, roles, created_at) values (@teamId, @id, @userId, @roles, @Now)",
            new { teamId, id, userId, roles, Now = clock.GetUtcNow() }, cancellation);
        await transaction.Record(caller, "team_member.added", id, teamId, null, new { member = userId, roles }, cancellation);
        var made = await Read(transaction, teamId, userId, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/organizations/{id}/teams/{teamId}/members/{userId}", made);
    }

    /// <summary>200 with the new ETag; 404 for strangers, unknown teams and who is not in the team, 403 <c>role_missing</c>, 412 <c>version_mismatch</c>,
    /// 428 <c>if_match_required</c>. The organization's administrators may, and who manages the team, but for making managers and changing them.</summary>
    public static async Task<Results<Ok<TeamMemberResponse>, ProblemHttpResult>> Handle(
        string id, string teamId, string userId, ChangeTeamMemberRequest request, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        string[] roles = [.. request.Roles.Distinct()];
        await using var transaction = await database.Begin(cancellation);
        var (before, refusal) = await Decide(transaction, id, teamId, caller, userId, roles, adding: false, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (context.Mismatch(before!.Version) is { } mismatch)
        {
            return mismatch;
        }

        await transaction.Execute("update team_members set roles = @roles, version = version + 1 where team_id = @teamId and user_id = @userId", new { roles, teamId, userId }, cancellation);
        await transaction.Record(caller, "team_member.changed", id, teamId, new { member = userId, roles = before.InTeam }, new { member = userId, roles }, cancellation);
        var after = await Read(transaction, teamId, userId, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(after!.Version);
        return TypedResults.Ok(after);
    }

    /// <summary>Takes a member out of the team. 204; refusals as for new roles. Who may change the member may, and the member.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string id, string teamId, string userId, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (before, refusal) = await Decide(transaction, id, teamId, caller, userId, [], adding: false, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await transaction.Execute("delete from team_members where team_id = @teamId and user_id = @userId", new { teamId, userId }, cancellation);
        await transaction.Record(caller, "team_member.removed", id, teamId, new { member = userId, roles = before!.InTeam }, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    // The organization's row is held, and roles are read behind it: who has just lost the right to this meets the loss here.
    private static async Task<(Held? Before, ProblemHttpResult? Refusal)> Decide(
        Transaction transaction, string id, string teamId, Caller caller, string target, string[] roles, bool adding, CancellationToken cancellation)
    {
        if (ListTeams.Stranger(caller, id) is { } stranger)
        {
            return (null, stranger);
        }

        if (await Organization.Lock(transaction, id, cancellation) is not { } organization || await Team.Find(transaction, id, teamId, cancellation) is null)
        {
            return (null, Problem.NotFound("team", teamId));
        }

        var held = (await transaction.Query<Held>(
            """
            select m.user_id, m.roles, t.roles as in_team, coalesce(t.version, 0) as version
            from memberships m left join team_members t on t.team_id = @teamId and t.user_id = m.user_id
            where m.organization_id = @id and m.user_id = any(@Both)
            """, new { id, teamId, Both = new[] { caller.UserId, target } }, cancellation)).ToDictionary(member => member.UserId, StringComparer.Ordinal);
        if (!organization.Enabled || !held.TryGetValue(caller.UserId, out var actor))
        {
            return (null, Problem.RoleMissing(id, Roles.Admin, Team.ManagingRole));
        }

        var subject = held.GetValueOrDefault(target);
        return (subject, Team.Decide(actor.Roles.Contains(Roles.Admin), actor.InTeam, caller.UserId == target, subject?.InTeam, roles, adding) switch
        {
            TeamDecision.RoleMissing => Problem.RoleMissing(id, Roles.Admin, Team.ManagingRole),
            TeamDecision.AdministratorsOnly => Problem.RoleMissing(id, Roles.Admin),
            _ when roles.Any(role => !Team.Roles.Contains(role)) => Problems.TeamRoleUnknown(),
            TeamDecision.NotInTeam => Problem.NotFound("team member", target),
            TeamDecision.InTeam => Problems.AlreadyInTeam(),
            _ when subject is null => Problem.NotFound("member", target),
            _ => null,
        });
    }

    private static Task<TeamMemberResponse?> Read(Transaction transaction, string teamId, string userId, CancellationToken cancellation) => transaction.QueryOne<TeamMemberResponse>(
        $"{TeamMemberResponse.Select} where t.team_id = @teamId and t.user_id = @userId", new { teamId, userId }, cancellation);

    private sealed record Held
    {
        public required string UserId { get; init; }

        public required string[] Roles { get; init; }

        public string[]? InTeam { get; init; }

        public long Version { get; init; }
    }
}
