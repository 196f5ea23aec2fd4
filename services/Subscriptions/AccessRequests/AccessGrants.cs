using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Access to APIs follows its subscription: granted in the transaction that opens it, revoked in the one that ends it.</summary>
internal static class AccessGrants
{
    /// <summary>Grants everything that waits for the subscription's access; each grant gets a credential whose key is made when it is first read.</summary>
    public static async Task GrantPending(Transaction transaction, Subscription subscription, DateTimeOffset now, TimeProvider clock, CancellationToken cancellation)
    {
        var granted = await transaction.Query<Grant>(
            """
            update access_requests set status = 'granted', decided_at = @now where subscription_id = @Id and status = 'pending'
            returning id, organization_id, application_id, subscription_id, api_id
            """, new { now, subscription.Id }, cancellation);
        foreach (var grant in granted)
        {
            await transaction.Execute(
                """
                insert into credentials (id, organization_id, application_id, subscription_id, api_id, access_request_id, status, created_at)
                values (@CredentialId, @OrganizationId, @ApplicationId, @SubscriptionId, @ApiId, @Id, 'active', @now)
                """,
                new { CredentialId = Ids.New("crd", clock), grant.OrganizationId, grant.ApplicationId, grant.SubscriptionId, grant.ApiId, grant.Id, now }, cancellation);
        }
    }

    /// <summary>Ends all access of a subscription. Its credentials lose their place in the feed and get a new one with the subscription's.</summary>
    public static async Task RevokeAll(Transaction transaction, string subscriptionId, DateTimeOffset now, CancellationToken cancellation)
    {
        await transaction.Execute(
            "update access_requests set status = 'revoked', decided_at = @now where subscription_id = @subscriptionId and status in ('pending', 'granted')",
            new { now, subscriptionId }, cancellation);
        await transaction.Execute(
            "update credentials set status = 'revoked', version = version + 1, position = null where subscription_id = @subscriptionId and status <> 'revoked'",
            new { subscriptionId }, cancellation);
    }

    private sealed record Grant(string Id, string OrganizationId, string? ApplicationId, string SubscriptionId, string ApiId);
}
