using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Invitations;

/// <summary>Withdraws an invitation that was not accepted.</summary>
public static class RevokeInvitation
{
    /// <summary>204, also when it was withdrawn before; 404 for strangers, 403 <c>role_missing</c>, 409 <c>invitation_closed</c> once accepted. Its administrators may;
    /// only owners withdraw what makes an owner.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, string invitationId, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var invitation = await transaction.QueryOne<Found>(
            "select state, roles from invitations where id = @invitationId and organization_id = @id for update", new { invitationId, id }, cancellation);
        var highest = Organization.HighestRole(caller.In(id)!.Kind);
        if (invitation is not null && invitation.Roles.Contains(highest) && !caller.Has(id, highest))
        {
            return Problem.RoleMissing(id, highest);
        }

        var state = invitation?.State;
        if (state == "pending")
        {
            await transaction.Execute("update invitations set state = 'revoked' where id = @invitationId", new { invitationId }, cancellation);
            await transaction.Record(caller, "invitation.revoked", id, invitationId, new { state }, new { state = "revoked" }, cancellation);
            await transaction.Commit(cancellation);
        }

        return state switch
        {
            null => Problem.NotFound("invitation", invitationId),
            "accepted" => Problems.InvitationClosed(),
            _ => TypedResults.NoContent(),
        };
    }

    private sealed record Found
    {
        public required string State { get; init; }

        public required string[] Roles { get; init; }
    }
}
