using Marketplace.Accounts.Mail;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>Lets a consumer organization in that signed up to a catalog with manual approval, or turns it down.</summary>
public static class DecideOrganization
{
    /// <summary>200, again with the same outcome; 404 for strangers, 403 <c>role_missing</c>, 409 <c>administrators_disabled</c>. The administrators of the provider may, and operators.</summary>
    public static Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Approve(
        string id, HttpContext context, Caller caller, Database database, Mailbox mailbox, CancellationToken cancellation) =>
        Decide(id, "approved", context, caller, database, mailbox, cancellation);

    /// <summary>200, again with the same outcome; 409 <c>approval_decided</c> once approved; 404 and 403 as for the approval. Who approves may.</summary>
    public static Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Reject(
        string id, HttpContext context, Caller caller, Database database, Mailbox mailbox, CancellationToken cancellation) =>
        Decide(id, "rejected", context, caller, database, mailbox, cancellation);

    private static async Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Decide(
        string id, string decision, HttpContext context, Caller caller, Database database, Mailbox mailbox, CancellationToken cancellation)
    {
        var (_, refusal) = await Access.Governs(database, caller, id, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } before)
        {
            return Problem.NotFound("organization", id);
        }

        if (before.Approval == "approved" && decision == "rejected")
        {
            return Problems.ApprovalDecided();
        }

        if (before.Approval != "approved" && decision == "approved" && await before.LacksAdministrator(transaction, cancellation))
        {
            return Problems.AdministratorsDisabled(before.Kind);
        }

        var after = before;
        if (before.Approval != decision)
        {
            after = before with { Approval = decision, Enabled = decision == "approved" && before.DisabledBy is null, Version = before.Version + 1 };
            await transaction.Execute("update organizations set approval = @Approval, enabled = @Enabled, version = @Version where id = @Id", after, cancellation);
            await transaction.Announce(after.Announcement(), cancellation);
            await transaction.Record(caller, $"organization.{decision}", id, id, new { before.Approval }, new { after.Approval }, cancellation);
            foreach (var administrator in await Organization.Administrators(transaction, id, cancellation))
            {
                await mailbox.Put(transaction, administrator, Letters.ApprovalDecided(after.Title, decision == "approved"), cancellation);
            }
        }

        await transaction.Commit(cancellation);
        context.SetVersion(after.Version);
        return TypedResults.Ok(OrganizationResponse.Of(after));
    }
}
