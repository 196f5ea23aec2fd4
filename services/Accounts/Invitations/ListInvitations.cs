using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Invitations;

/// <summary>An invitation without its token.</summary>
public sealed record ListedInvitation
{
    /// <summary>The invitation (<c>inv_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Whom it invites.</summary>
    public required string Email { get; init; }

    /// <summary>To which roles.</summary>
    public required string[] Roles { get; init; }

    /// <summary><c>pending</c>, <c>accepted</c>, <c>revoked</c> or <c>expired</c>.</summary>
    public required string State { get; init; }

    /// <summary>Made at.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Good until.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>An organization's invitations, newest first.</summary>
public static class ListInvitations
{
    /// <summary>200 with a page; 404 for strangers, 403 <c>role_missing</c>. Its administrators may.</summary>
    public static async Task<Results<Ok<Page<ListedInvitation>>, ProblemHttpResult>> Handle(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        var invitations = await database.Query<ListedInvitation>(
            """
            select id, email, roles, case when state = 'pending' and expires_at <= @Now then 'expired' else state end as state, created_at, expires_at
            from invitations where organization_id = @id and id < @After order by id desc limit @Take
            """, new { id, Now = clock.GetUtcNow(), page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<ListedInvitation>.Of(invitations, page, invitation => invitation.Id));
    }
}
