using Marketplace.Storage;

namespace Marketplace.Accounts.Organizations;

/// <summary>What stands in the way of a provider's deletion.</summary>
public sealed record ProviderUse
{
    private const int Shown = 10;

    /// <summary><c>catalogs</c> or <c>billing integrations</c>.</summary>
    public required string What { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }

    /// <summary>At most ten of them.</summary>
    public required string[] Ids { get; init; }

    /// <summary>All that is known to be there, from what Catalog and Invoicing announced; empty when the provider may be deleted. A catalog is gone only when every consumer organization
    /// in it is, and with those their subscriptions; an integration only when every invoice is settled. What was made a moment ago, and is still on its way here, is closed by
    /// Catalog and deleted by Invoicing when they hear of the deletion.</summary>
    public static Task<IReadOnlyList<ProviderUse>> Of(Transaction transaction, string organizationId, CancellationToken cancellation) => transaction.Query<ProviderUse>(
        $"""
        with used as (
            select 1 as position, 'catalogs' as what, id from catalogs where organization_id = @organizationId and not deleted
            union all select 2, 'billing integrations', id from billing_integrations where organization_id = @organizationId and not deleted)
        select what, count(*) as count, (array_agg(id order by id))[:{Shown}] as ids from used group by position, what order by position
        """, new { organizationId }, cancellation);
}
