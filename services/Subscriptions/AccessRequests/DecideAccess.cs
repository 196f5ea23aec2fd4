using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>The provider's word on an access request: owner, admin and product manager. Requests are granted by themselves; a provider may
/// reject one, also after the grant, and approve a rejected one again.</summary>
public static class DecideAccess
{
    /// <summary>Takes a rejection back: granted when the subscription gives access, else pending.</summary>
    public static async Task<Results<Ok<AccessRequestAnswer>, ProblemHttpResult>> Approve(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (request, subscription) = await Hold(transaction, id, cancellation);
        if (Refuse(request, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (request!.Status is "revoked" || !subscription!.IsLive)
        {
            return Problems.RequestDecided("revoked", "approved");
        }

        if (request.Status == "rejected")
        {
            if (await transaction.QueryOne<string>(
                """
                select id from access_requests where subscription_id = @SubscriptionId and api_id = @ApiId
                    and coalesce(application_id, '') = coalesce(@ApplicationId, '') and status in ('pending', 'granted')
                """, request, cancellation) is { } other)
            {
                return Problems.AlreadyRequested(other);
            }

            await transaction.Execute("update access_requests set status = 'pending', decided_at = null where id = @id", new { id }, cancellation);
            await RequestAccess.Grant(transaction, subscription, id, clock, cancellation, showKey: false);
        }

        return await Answer(transaction, caller, "access.approved", request, cancellation);
    }

    /// <summary>Declines a pending request or takes a grant away; its credential is revoked.</summary>
    public static async Task<Results<Ok<AccessRequestAnswer>, ProblemHttpResult>> Reject(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (request, _) = await Hold(transaction, id, cancellation);
        if (Refuse(request, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (request!.Status == "revoked")
        {
            return Problems.RequestDecided(request.Status, "rejected");
        }

        if (request.Status != "rejected")
        {
            await transaction.Execute("update access_requests set status = 'rejected', decided_at = @Now where id = @id", new { Now = clock.Now(), id }, cancellation);
            var credentials = await transaction.Query<string>(
                "update credentials set status = 'revoked', version = version + 1 where access_request_id = @id and status <> 'revoked' returning id", new { id }, cancellation);
            await FeedPositions.Assign(transaction, [request.SubscriptionId], credentials.ToArray(), cancellation);
        }

        return await Answer(transaction, caller, "access.rejected", request, cancellation);
    }

    // The subscription's row is the lock of everything about its access; the request is read once that is held.
    private static async Task<(AccessRequest? Request, Subscription? Subscription)> Hold(Transaction transaction, string id, CancellationToken cancellation)
    {
        if (await AccessRequest.Read(transaction, id, cancellation) is not { } request)
        {
            return default;
        }

        var subscription = await Subscription.Lock(transaction, request.SubscriptionId, cancellation);
        return (await AccessRequest.Read(transaction, id, cancellation), subscription);
    }

    private static async Task<Ok<AccessRequestAnswer>> Answer(Transaction transaction, Caller caller, string action, AccessRequest before, CancellationToken cancellation)
    {
        var answer = (await AccessRequest.Read(transaction, before.Id, cancellation))!.Show();
        if (answer.Status != before.Status)
        {
            await transaction.Record(caller, action, before.ProviderOrganizationId, before.Id, new { before.Status }, new { answer.Status }, cancellation);
        }

        await transaction.Commit(cancellation);
        return TypedResults.Ok(answer);
    }

    private static ProblemHttpResult? Refuse(AccessRequest? request, string id, Caller caller) => request switch
    {
        null => Problem.NotFound("access request", id),
        _ when caller.Has(request.ProviderOrganizationId, Roles.ProviderProducts) => null,
        _ when caller.In(request.ProviderOrganizationId) is not null || caller.In(request.OrganizationId) is not null =>
            Problem.RoleMissing(request.ProviderOrganizationId, Roles.ProviderProducts),
        _ => Problem.NotFound("access request", id),
    };
}
