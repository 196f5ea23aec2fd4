using Marketplace.Accounts.Teams;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Members;

/// <summary>A member of an organization.</summary>
public sealed record MemberResponse
{
    /// <summary>The user (<c>usr_…</c>).</summary>
    public required string UserId { get; init; }

    /// <summary>The user's e-mail address.</summary>
    public required string Email { get; init; }

    /// <summary>First name, if given.</summary>
    public string? FirstName { get; init; }

    /// <summary>Last name, if given.</summary>
    public string? LastName { get; init; }

    /// <summary>The roles held in the organization itself; teams give more.</summary>
    public required string[] Roles { get; init; }

    /// <summary>Member since.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Sent as the ETag.</summary>
    internal long Version { get; init; }

    internal const string Select =
        """
        select m.user_id, u.email, u.first_name, u.last_name, m.roles, m.created_at, m.version
        from memberships m join users u on u.id = m.user_id
        """;
}

/// <summary>An organization's members.</summary>
public static class ListMembers
{
    /// <summary>200 with a page, newest user first; 404 for strangers. Its members may.</summary>
    public static async Task<Results<Ok<Page<MemberResponse>>, ProblemHttpResult>> Handle(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (ListTeams.Stranger(caller, id) is { } refusal)
        {
            return refusal;
        }

        var members = await database.Query<MemberResponse>(
            $"{MemberResponse.Select} where m.organization_id = @id and m.user_id < @After order by m.user_id desc limit @Take", new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<MemberResponse>.Of(members, page, member => member.UserId));
    }

    /// <summary>200 with its ETag; 404 for strangers and who is no member, 403 <c>role_missing</c> for operators. Its members may.</summary>
    public static async Task<Results<Ok<MemberResponse>, ProblemHttpResult>> Read(
        string id, string userId, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        if (ListTeams.Stranger(caller, id) is { } refusal)
        {
            return refusal;
        }

        if (await database.QueryOne<MemberResponse>(
            $"{MemberResponse.Select} where m.organization_id = @id and m.user_id = @userId", new { id, userId }, cancellation) is not { } member)
        {
            return Problem.NotFound("member", userId);
        }

        context.SetVersion(member.Version);
        return TypedResults.Ok(member);
    }
}
