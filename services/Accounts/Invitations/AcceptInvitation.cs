using Marketplace.Accounts.Tokens;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Invitations;

/// <summary>The membership that an accepted invitation gives.</summary>
public sealed record AcceptInvitationResponse(string OrganizationId, IReadOnlyList<string> Roles);

/// <summary>Makes the caller a member of the organization that invited the caller's address.</summary>
public static class AcceptInvitation
{
    /// <summary>200, again for who accepted it; 404 for an unknown token, 403 <c>invitation_for_another</c>, 409 <c>invitation_closed</c> or
    /// <c>invitation_expired</c>. The invited user may.</summary>
    public static async Task<Results<Ok<AcceptInvitationResponse>, ProblemHttpResult>> Handle(
        string token, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await transaction.QueryOne<Invitation>(
            """
            select i.id, i.organization_id, i.roles, i.state, i.accepted_by, i.expires_at, i.email_key = u.email_key as fits
            from invitations i join users u on u.id = @UserId
            where i.token_hash = @Hash for update of i
            """, new { caller.UserId, Hash = PersonalToken.Hash(token) }, cancellation) is not { } invitation)
        {
            return Problem.Of(404, "not_found", "There is no such invitation.");
        }

        if (!invitation.Fits)
        {
            return Problems.InvitationForAnother();
        }

        if (invitation.State != "pending")
        {
            return invitation.AcceptedBy == caller.UserId
                ? TypedResults.Ok(new AcceptInvitationResponse(invitation.OrganizationId, invitation.Roles))
                : Problems.InvitationClosed();
        }

        var now = clock.GetUtcNow();
        if (invitation.ExpiresAt <= now)
        {
            return Problems.InvitationExpired();
        }

        await transaction.Execute(
            "insert into memberships (organization_id, user_id, roles, created_at) values (@OrganizationId, @UserId, @Roles, @now) on conflict do nothing",
            new { invitation.OrganizationId, caller.UserId, invitation.Roles, now }, cancellation);
        await transaction.Execute("update invitations set state = 'accepted', accepted_by = @UserId where id = @Id", new { caller.UserId, invitation.Id }, cancellation);
        await transaction.Record(caller, "invitation.accepted", invitation.OrganizationId, invitation.Id, null, new { member = caller.UserId, invitation.Roles }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new AcceptInvitationResponse(invitation.OrganizationId, invitation.Roles));
    }

    private sealed record Invitation
    {
        public required string Id { get; init; }

        public required string OrganizationId { get; init; }

        public required string[] Roles { get; init; }

        public required string State { get; init; }

        public string? AcceptedBy { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        public required bool Fits { get; init; }
    }
}
