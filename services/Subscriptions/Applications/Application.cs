using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>An application of a consumer organization: what calls APIs.</summary>
/// <param name="Credential">Its first key, in the answer that creates it only.</param>
public sealed record ApplicationAnswer(
    string Id, string OrganizationId, string Title, DateTimeOffset CreatedAt, IssuedCredentialAnswer? Credential = null);

/// <summary>What the writes of applications share.</summary>
internal static class Application
{
    /// <summary>SQL: whether an application <c>a</c> has keys of its own and all of them are suspended.</summary>
    public const string Suspended =
        """
        exists (select from credentials c where c.application_id = a.id and c.subscription_id is null and c.status = 'suspended')
            and not exists (select from credentials c where c.application_id = a.id and c.subscription_id is null and c.status = 'active')
        """;

    /// <summary>Whether every key of an application is suspended.</summary>
    public static Task<bool> IsSuspended(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<bool>($"select {Suspended} from applications a where id = @id", new { id }, cancellation);

    /// <summary>Whether an application is there and the organization's; held until the transaction ends, so that it cannot be deleted meanwhile.</summary>
    public static async Task<bool> Belongs(Transaction transaction, string id, string organizationId, CancellationToken cancellation) =>
        await transaction.QueryOne<string>(
            "select id from applications where id = @id and organization_id = @organizationId and deleted_at is null for share", new { id, organizationId }, cancellation) is not null;
}
