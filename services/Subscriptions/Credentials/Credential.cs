using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>A key just made, in the only answer that ever shows it.</summary>
public sealed record IssuedCredentialAnswer(string Id, string Key);

/// <summary>A credential without its key.</summary>
/// <param name="KeyPrefix">First characters of the key; null while it was never read.</param>
/// <param name="ApplicationId">The application it belongs to; null for the whole organization.</param>
/// <param name="SubscriptionId">The only subscription it is for; null for all of the application's.</param>
/// <param name="ApiId">The only API it is for; null for all.</param>
/// <param name="Status"><c>active</c>, <c>suspended</c> or <c>revoked</c>.</param>
public sealed record CredentialAnswer(
    string Id, string OrganizationId, string? ApplicationId, string? SubscriptionId, string? ApiId, string? AccessRequestId,
    string? KeyPrefix, string Status, string? SuspendReason, DateTimeOffset CreatedAt, DateTimeOffset? RotatedAt);

/// <summary>What the writes of credentials share: the row, and who may touch it.</summary>
internal static class Credential
{
    /// <summary>The columns of <see cref="CredentialAnswer"/>.</summary>
    public const string Select =
        """
        select id, organization_id, application_id, subscription_id, api_id, access_request_id, key_prefix, status, suspend_reason, created_at, rotated_at
        from credentials
        """;

    /// <summary>Reads and holds a credential; null when there is none. Its subscription is held first, as everywhere.</summary>
    public static async Task<CredentialAnswer?> Lock(Transaction transaction, string id, CancellationToken cancellation)
    {
        await transaction.Execute(
            "select 1 from subscriptions where id = (select subscription_id from credentials where id = @id) for update", new { id }, cancellation);
        return await transaction.QueryOne<CredentialAnswer>($"{Select} where id = @id for update", new { id }, cancellation);
    }

    /// <summary>A new active credential of an application, with its key.</summary>
    public static async Task<IssuedCredentialAnswer> IssueFor(Transaction transaction, ApplicationAnswer application, TimeProvider clock, CancellationToken cancellation)
    {
        var id = Ids.New("crd", clock);
        await transaction.Execute(
            "insert into credentials (id, organization_id, application_id, status, created_at) values (@id, @OrganizationId, @ApplicationId, 'active', @Now)",
            new { id, application.OrganizationId, ApplicationId = application.Id, Now = clock.Now() }, cancellation);
        return await GiveKey(transaction, id, cancellation);
    }

    /// <summary>Makes the credential's key anew; the one before stops. Puts it into the feed: call it last before the commit.</summary>
    public static async Task<IssuedCredentialAnswer> GiveKey(Transaction transaction, string id, CancellationToken cancellation)
    {
        var key = AccessKey.New();
        await transaction.Execute(
            "update credentials set key_prefix = @Prefix, key_hash = @Hash, version = version + 1 where id = @id", new { key.Prefix, key.Hash, id }, cancellation);
        await FeedPositions.Assign(transaction, [], [id], cancellation);
        return new(id, key.Key);
    }
}
