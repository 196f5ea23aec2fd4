using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>What may change about an organization.</summary>
public sealed record RenameOrganizationRequest([Required, PlainText(100)] string Title);

/// <summary>Gives an organization another title.</summary>
public static class RenameOrganization
{
    /// <summary>200 with the new ETag; 404 for strangers, 403 <c>role_missing</c>, 412 <c>version_mismatch</c>, 428 <c>if_match_required</c>. Its administrators may.</summary>
    public static async Task<Results<Ok<OrganizationResponse>, ProblemHttpResult>> Handle(
        string id, RenameOrganizationRequest request, HttpContext context, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } before)
        {
            return Problem.NotFound("organization", id);
        }

        if (context.Mismatch(before.Version) is { } mismatch)
        {
            return mismatch;
        }

        var after = before with { Title = request.Title, Version = before.Version + 1 };
        await transaction.Execute("update organizations set title = @Title, version = @Version where id = @Id", after, cancellation);
        await transaction.Announce(after.Announcement(), cancellation);
        await transaction.Record(caller, "organization.renamed", id, id, new { before.Title }, new { after.Title }, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(after.Version);
        return TypedResults.Ok(OrganizationResponse.Of(after));
    }
}
