using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>Filters of the list of access requests.</summary>
/// <param name="Status"><c>pending</c>, <c>granted</c>, <c>rejected</c> or <c>revoked</c>.</param>
public sealed record AccessRequestFilter(
    string? OrganizationId, string? SubscriptionId, string? ApiId,
    [property: FromQuery(Name = "status"), AllowedValues(null, "pending", "granted", "rejected", "revoked", ErrorMessage = "One of: pending, granted, rejected, revoked.")] string? Status);

/// <summary>Reads access requests: every member of the consumer and of the provider. Keys are shown to the consumer's admin, subscriber and developer only.</summary>
public static class ReadAccessRequests
{
    /// <summary>Newest first, never with keys.</summary>
    public static async Task<Page<AccessRequestAnswer>> List(
        [AsParameters] AccessRequestFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) =>
        Page<AccessRequest>.Of(
            await database.Query<AccessRequest>(
                $"""
                {AccessRequest.Select}
                where id < @After and (@IsOperator or organization_id = any(@Organizations) or provider_organization_id = any(@Organizations))
                    and (@OrganizationId::text is null or organization_id = @OrganizationId) and (@SubscriptionId::text is null or subscription_id = @SubscriptionId)
                    and (@ApiId::text is null or api_id = @ApiId) and (@Status::text is null or status = @Status)
                order by id desc limit @Take
                """,
                new { page.After, page.Take, caller.IsOperator, caller.Organizations, filter.OrganizationId, filter.SubscriptionId, filter.ApiId, filter.Status }, cancellation),
            page, row => row.Id).Select(row => row.Show());

    /// <summary>One request; the first authorised reader of a grant gets its key, and nobody after.</summary>
    public static async Task<Results<Ok<AccessRequestAnswer>, ProblemHttpResult>> One(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var request = await AccessRequest.Read(transaction, id, cancellation);
        if (request is null || !(caller.Sees(request.OrganizationId) || caller.Sees(request.ProviderOrganizationId)))
        {
            return Problem.NotFound("access request", id);
        }

        var key = caller.Has(request.OrganizationId, Roles.ConsumerFree) ? await request.FirstKey(transaction, cancellation) : null;
        await transaction.Commit(cancellation);
        return TypedResults.Ok(request.Show(key));
    }
}
