using Marketplace.Accounts.Members;
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
    /// <summary>200, again for who accepted it and is still a member; 404 for an unknown token, 403 <c>invitation_for_another</c>, 409 <c>invitation_closed</c>,
    /// <c>invitation_expired</c> or <c>too_many_organizations</c>. The invited user may.</summary>
    public static async Task<Results<Ok<AcceptInvitationResponse>, ProblemHttpResult>> Handle(
        string token, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var hash = PersonalToken.Hash(token);
        await using var transaction = await database.Begin(cancellation);
        // The organization is held before its invitation, as who removes members or deletes it does: neither waits for the other in a circle.
        var organizationId = await transaction.QueryOne<string>("select organization_id from invitations where token_hash = @hash", new { hash }, cancellation);
        if (organizationId is null || await Organization.Lock(transaction, organizationId, cancellation) is null || await transaction.QueryOne<Invitation>(
            """
            select i.id, i.organization_id, i.roles, i.state, i.expires_at, i.email_key = u.email_key as fits,
                i.accepted_by = @UserId and exists (select from memberships m where m.organization_id = i.organization_id and m.user_id = @UserId) as holds
            from invitations i join users u on u.id = @UserId
            where i.token_hash = @hash for update of i
            """, new { caller.UserId, hash }, cancellation) is not { } invitation)
        {
            return Problem.Of(404, "not_found", "There is no such invitation.");
        }

        if (!invitation.Fits)
        {
            return Problems.InvitationForAnother();
        }

        if (invitation.State != "pending")
        {
            return invitation.Holds == true
                ? TypedResults.Ok(new AcceptInvitationResponse(invitation.OrganizationId, invitation.Roles))
                : Problems.InvitationClosed();
        }

        var now = clock.GetUtcNow();
        if (invitation.ExpiresAt <= now)
        {
            return Problems.InvitationExpired();
        }

        if (await MembershipLimit.IsReached(transaction, caller.UserId, cancellation))
        {
            return Problems.TooManyOrganizations();
        }

        await transaction.Execute(
            "insert into memberships (organization_id, user_id, roles, created_at) values (@OrganizationId, @UserId, @Roles, @now) on conflict do nothing",
            new { invitation.OrganizationId, caller.UserId, invitation.Roles, now }, cancellation);
        await transaction.Execute("update invitations set state = 'accepted', accepted_by = @UserId where id = @Id", new { caller.UserId, invitation.Id }, cancellation);
        await transaction.Record(caller, "invitation.accepted", invitation.OrganizationId, invitation.Id, new { invitation.State }, new { state = "accepted", member = caller.UserId, invitation.Roles }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new AcceptInvitationResponse(invitation.OrganizationId, invitation.Roles));
    }

    private sealed record Invitation
    {
        public required string Id { get; init; }

        public required string OrganizationId { get; init; }

        public required string[] Roles { get; init; }

        public required string State { get; init; }

        public bool? Holds { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        public required bool Fits { get; init; }
    }
}
