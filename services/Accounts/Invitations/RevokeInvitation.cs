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

        var state = await database.QueryOne<string>(
            """
            update invitations set state = case when state = 'accepted' then state else 'revoked' end
            where id = @invitationId and organization_id = @id returning state
            """, new { invitationId, id }, cancellation);
        return state switch
        {
            null => Problem.NotFound("invitation", invitationId),
            "accepted" => Problems.InvitationClosed(),
            _ => TypedResults.NoContent(),
        };
    }
}
