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
}

/// <summary>Lists an organization's members, newest user first.</summary>
public static class ListMembers
{
    /// <summary>200 with a page; 404 for strangers. Its members may.</summary>
    public static async Task<Results<Ok<Page<MemberResponse>>, ProblemHttpResult>> Handle(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (caller.In(id) is null)
        {
            return caller.IsOperator ? Problem.RoleMissing(id, "member") : Problem.NotFound("organization", id);
        }

        var members = await database.Query<MemberResponse>(
            """
            select m.user_id, u.email, u.first_name, u.last_name, m.roles, m.created_at
            from memberships m join users u on u.id = m.user_id
            where m.organization_id = @id and m.user_id < @After order by m.user_id desc limit @Take
            """, new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<MemberResponse>.Of(members, page, member => member.UserId));
    }
}
