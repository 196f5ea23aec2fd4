using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Invitations;

/// <summary>Withdraws an invitation that was not accepted.</summary>
public static class RevokeInvitation
{
    /// <summary>204, also when it was withdrawn before; 404 for strangers, 403 <c>role_missing</c>, 409 <c>invitation_closed</c> once accepted. Its administrators may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, string invitationId, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var state = await transaction.QueryOne<string>(
            "select state from invitations where id = @invitationId and organization_id = @id for update", new { invitationId, id }, cancellation);
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
}
