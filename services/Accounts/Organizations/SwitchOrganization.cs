using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>Disables an organization, whose members then hold no roles (<see cref="Team.HeldRoles"/>) and whose calls are refused, and enables it again.</summary>
public static class SwitchOrganization
{
    /// <summary>200; 404 for strangers, 403 <c>role_missing</c> or <c>disabled_by_operator</c>, 409 <c>approval_pending</c> or
    /// <c>administrators_disabled</c>. Operators may, and the
    /// administrators of a consumer's provider.</summary>
    public static Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Enable(
        string id, HttpContext context, Caller caller, Database database, CancellationToken cancellation) => Switch(id, true, context, caller, database, cancellation);

    /// <summary>200; 404 for strangers, 403 <c>role_missing</c>. Operators may, and the administrators of a consumer's provider.</summary>
    public static Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Disable(
        string id, HttpContext context, Caller caller, Database database, CancellationToken cancellation) => Switch(id, false, context, caller, database, cancellation);

    private static async Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Switch(
        string id, bool enabled, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        var (governs, refusal) = await Access.Governs(database, caller, id, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } before)
        {
            return Problem.NotFound("organization", id);
        }

        if (enabled && before.Approval != "approved")
        {
            return Problems.ApprovalPending();
        }

        if (enabled && before.DisabledBy == "operator" && governs != "operator")
        {
            return Problems.DisabledByOperator();
        }

        if (enabled && !before.Enabled && await before.LacksAdministrator(transaction, cancellation))
        {
            return Problems.AdministratorsDisabled(before.Kind);
        }

        // An operator's word stands over a provider's, whoever came first.
        var after = before with { Enabled = enabled, DisabledBy = enabled ? null : before.DisabledBy == "operator" ? "operator" : governs };
        if (after != before)
        {
            after = after with { Version = before.Version + 1 };
            await transaction.Execute("update organizations set enabled = @Enabled, disabled_by = @DisabledBy, version = @Version where id = @Id", after, cancellation);
            await transaction.Announce(after.Announcement(), cancellation);
            await transaction.Record(
                caller, enabled ? "organization.enabled" : "organization.disabled", id, id, new { before.Enabled, before.DisabledBy }, new { after.Enabled, after.DisabledBy }, cancellation);
        }

        await transaction.Commit(cancellation);
        context.SetVersion(after.Version);
        return TypedResults.Ok(OrganizationResponse.Of(after));
    }
}
