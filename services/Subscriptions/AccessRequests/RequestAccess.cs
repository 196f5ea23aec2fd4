using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Asks for access to an API.</summary>
/// <param name="ApiId">An API of the subscribed product.</param>
/// <param name="ApplicationId">The only application it is for; leave it out for all, or for the subscription's own.</param>
public sealed record RequestAccessRequest([Required, PlainText] string SubscriptionId, [Required, PlainText] string ApiId, [PlainText] string? ApplicationId);

/// <summary>Requests access under a subscription: admin, subscriber and developer of the organization that holds it.</summary>
public static class RequestAccess
{
    /// <summary>201: granted at once, with its key, while the subscription gives access; pending until it does otherwise.</summary>
    public static async Task<Results<Created<AccessRequestAnswer>, ProblemHttpResult>> Handle(
        RequestAccessRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var subscription = await Subscription.Lock(transaction, request.SubscriptionId, cancellation);
        if (Refuse(subscription, request, caller) is { } refusal)
        {
            return refusal;
        }

        var applicationId = request.ApplicationId ?? subscription!.ApplicationId;
        if (applicationId is not null && !await Application.Belongs(transaction, applicationId, subscription!.OrganizationId, cancellation))
        {
            return Problems.InvalidApplication();
        }

        var product = await transaction.QueryOne<ProductPublished>(
            "select facts from published_products where catalog_id = @CatalogId and product_id = @ProductId", subscription, cancellation);
        if (product?.Apis.Any(a => a.ApiId == request.ApiId) != true)
        {
            return Problems.ApiNotInProduct();
        }

        var id = Ids.New("acr", clock);
        if (await transaction.Execute(
            """
            insert into access_requests (id, subscription_id, organization_id, provider_organization_id, api_id, application_id, status, created_at, created_by)
            values (@id, @SubscriptionId, @OrganizationId, @ProviderOrganizationId, @ApiId, @applicationId, 'pending', @Now, @UserId)
            on conflict (subscription_id, api_id, coalesce(application_id, '')) where status in ('pending', 'granted') do nothing
            """,
            new { id, request.SubscriptionId, subscription!.OrganizationId, subscription.ProviderOrganizationId, request.ApiId, applicationId, Now = clock.Now(), caller.UserId },
            cancellation) == 0)
        {
            // The subscription is held, so the one in the way stays there.
            return Problems.AlreadyRequested((await transaction.QueryOne<string>(
                """
                select id from access_requests where subscription_id = @SubscriptionId and api_id = @ApiId
                    and coalesce(application_id, '') = coalesce(@applicationId, '') and status in ('pending', 'granted')
                """, new { request.SubscriptionId, request.ApiId, applicationId }, cancellation))!);
        }

        var answer = await Grant(transaction, subscription, id, clock, cancellation);
        await transaction.Record(
            caller, "access.requested", subscription.OrganizationId, id, null, new { request.SubscriptionId, request.ApiId, applicationId, answer.Status }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/access-requests/{id}", answer);
    }

    /// <summary>Grants a pending request if its locked subscription gives access now.</summary>
    internal static async Task<AccessRequestAnswer> Grant(
        Transaction transaction, Subscription subscription, string id, TimeProvider clock, CancellationToken cancellation, bool showKey = true)
    {
        var now = clock.Now();
        var access = Access.Of(subscription);
        if (access.Refusal is not null || access.Until <= now)
        {
            return (await AccessRequest.Read(transaction, id, cancellation))!.Show();
        }

        await AccessGrants.GrantPending(transaction, subscription, now, clock, cancellation);
        await FeedPositions.Assign(transaction, [subscription.Id], [], cancellation);
        var granted = await AccessRequest.Read(transaction, id, cancellation);
        return granted!.Show(showKey ? await granted.FirstKey(transaction, cancellation) : null);
    }

    private static ProblemHttpResult? Refuse(Subscription? subscription, RequestAccessRequest request, Caller caller) => subscription switch
    {
        null => Problem.NotFound("subscription", request.SubscriptionId),
        _ when caller.In(subscription.OrganizationId) is null => Problem.NotFound("subscription", request.SubscriptionId),
        _ when !caller.Has(subscription.OrganizationId, Roles.ConsumerFree) => Problem.RoleMissing(subscription.OrganizationId, Roles.ConsumerFree),
        { IsLive: false } => Problems.StatusConflict(subscription.Status, "ask for access"),
        { ApplicationId: { } only } when request.ApplicationId is { } other && other != only => Problems.OtherApplication(only),
        _ => null,
    };
}
