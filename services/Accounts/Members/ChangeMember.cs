using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Members;

/// <summary>The roles a member is to hold from now on.</summary>
public sealed record ChangeMemberRequest([Required, MinLength(1), MaxLength(10)] IReadOnlyList<string> Roles);

/// <summary>The roles a member holds now.</summary>
public sealed record ChangeMemberResponse(string UserId, IReadOnlyList<string> Roles);

/// <summary>Gives a member other roles, or takes the member out.</summary>
public static class ChangeMember
{
    /// <summary>200 with the new ETag; 404 for strangers and unknown members, 403 <c>role_missing</c>, 409 <c>last_administrator</c>, 412 <c>version_mismatch</c>,
    /// 428 <c>if_match_required</c>. Its administrators may; only owners change owners.</summary>
    public static async Task<Results<Ok<ChangeMemberResponse>, ProblemHttpResult>> Handle(
        string id, string userId, ChangeMemberRequest request, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        string[] roles = [.. request.Roles.Distinct()];
        if (caller.In(id) is { } membership && Problems.OfRoles(membership.Kind, roles) is { } wrong)
        {
            return wrong;
        }

        await using var transaction = await database.Begin(cancellation);
        var (before, refusal) = await Decide(transaction, id, caller, userId, roles, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (context.Mismatch(before!.Version) is { } mismatch)
        {
            return mismatch;
        }

        await transaction.Execute(
            "update memberships set roles = @roles, version = version + 1 where organization_id = @id and user_id = @userId", new { roles, id, userId }, cancellation);
        await transaction.Record(caller, "member.changed", id, userId, new { before.Roles }, new { roles }, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(before.Version + 1);
        return TypedResults.Ok(new ChangeMemberResponse(userId, roles));
    }

    /// <summary>Removes a member. 204; refusals as for new roles. Its administrators may; members may remove themselves.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Remove(string id, string userId, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (before, refusal) = await Decide(transaction, id, caller, userId, [], cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        // With the membership go, by the foreign key, the places in the organization's teams.
        var teams = await transaction.Query<string>(
            "select team_id from team_members where organization_id = @id and user_id = @userId order by team_id", new { id, userId }, cancellation);
        await transaction.Execute("delete from memberships where organization_id = @id and user_id = @userId", new { id, userId }, cancellation);
        await transaction.Record(caller, "member.removed", id, userId, new { before!.Roles, teams }, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    // The organization's row is held, and the roles are read behind it: two who remove each other meet here one after the other.
    private static async Task<(Member? Before, ProblemHttpResult? Refusal)> Decide(
        Transaction transaction, string id, Caller caller, string target, string[] roles, CancellationToken cancellation)
    {
        if (caller.In(id) is null)
        {
            return (null, caller.IsOperator ? Problem.RoleMissing(id, Roles.Owner, Roles.Admin) : Problem.NotFound("organization", id));
        }

        if (await Organization.Lock(transaction, id, cancellation) is not { } organization)
        {
            return (null, Problem.NotFound("organization", id));
        }

        if (!organization.Enabled)
        {
            return (null, Problem.RoleMissing(id, Organization.AdministratorsOf(organization.Kind)));
        }

        var all = await transaction.Query<Member>(
            "select m.user_id, m.roles, m.version, u.disabled_at is not null as disabled from memberships m join users u on u.id = m.user_id where m.organization_id = @id", new { id }, cancellation);
        var members = all.ToDictionary(member => member.UserId, member => member.Roles, StringComparer.Ordinal);
        var disabled = all.Where(member => member.Disabled).Select(member => member.UserId).ToHashSet(StringComparer.Ordinal);
        return (all.FirstOrDefault(member => member.UserId == target), Organization.Decide(organization.Kind, members, caller.UserId, target, roles, disabled) switch
        {
            MemberDecision.Allowed => null,
            MemberDecision.Stranger => Problem.NotFound("organization", id),
            MemberDecision.NoSuchMember => Problem.NotFound("member", target),
            MemberDecision.LastAdministrator => Problems.LastAdministrator(organization.Kind),
            MemberDecision.RoleMissing => Problem.RoleMissing(id, RolesFor(organization.Kind, members.GetValueOrDefault(target), roles)),
        });
    }

    private static string[] RolesFor(string kind, string[]? before, string[] after)
    {
        var highest = Organization.HighestRole(kind);
        return before?.Contains(highest) == true || after.Contains(highest) ? [highest] : Organization.AdministratorsOf(kind);
    }

    private sealed record Member
    {
        public required string UserId { get; init; }

        public required string[] Roles { get; init; }

        public required bool Disabled { get; init; }

        public required long Version { get; init; }
    }
}
