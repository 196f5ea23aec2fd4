using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>A request for access to one API of a subscribed product.</summary>
/// <param name="ApplicationId">The only application it is for; null for all of the organization's.</param>
/// <param name="Status"><c>pending</c> until the subscription gives access, then <c>granted</c>; <c>rejected</c> by the provider; <c>revoked</c> when
/// its credential was deleted or the subscription ended.</param>
/// <param name="Credential">The grant's own key, in the first answer that an authorised member reads after the grant, never again.</param>
public sealed record AccessRequestAnswer(
    string Id, string SubscriptionId, string OrganizationId, string ApiId, string? ApplicationId, string Status,
    DateTimeOffset CreatedAt, DateTimeOffset? DecidedAt, IssuedCredentialAnswer? Credential);

/// <summary>A stored access request.</summary>
internal sealed record AccessRequest(
    string Id, string SubscriptionId, string OrganizationId, string ProviderOrganizationId, string ApiId, string? ApplicationId, string Status,
    DateTimeOffset CreatedAt, DateTimeOffset? DecidedAt)
{
    /// <summary>The columns of a request.</summary>
    public const string Select =
        "select id, subscription_id, organization_id, provider_organization_id, api_id, application_id, status, created_at, decided_at from access_requests";

    /// <summary>Reads a request inside a write; null when there is none.</summary>
    public static Task<AccessRequest?> Read(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<AccessRequest>($"{Select} where id = @id", new { id }, cancellation);

    /// <summary>The request as answered.</summary>
    public AccessRequestAnswer Show(IssuedCredentialAnswer? credential = null) =>
        new(Id, SubscriptionId, OrganizationId, ApiId, ApplicationId, Status, CreatedAt, DecidedAt, credential);

    /// <summary>Makes the grant's key when nobody has seen it yet: two first readers meet at the row lock, and one of them gets it.</summary>
    public async Task<IssuedCredentialAnswer?> FirstKey(Transaction transaction, CancellationToken cancellation) =>
        Status == "granted" && await transaction.QueryOne<string>(
            "select id from credentials where access_request_id = @Id and status = 'active' and key_hash is null for update", this, cancellation) is { } credential
            ? await Marketplace.Subscriptions.Credential.GiveKey(transaction, credential, cancellation)
            : null;
}
