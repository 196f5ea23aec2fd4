using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Something that still needs a billing integration.</summary>
/// <param name="What"><c>catalogs</c>, <c>live subscriptions</c>, <c>unpaid invoices</c> or <c>jobs</c>.</param>
/// <param name="Ids">At most ten of them.</param>
public sealed record IntegrationUse(string What, long Count, IReadOnlyList<string> Ids);

/// <summary>Where a billing integration is used.</summary>
public static class IntegrationUses
{
    private const int Shown = 10;

    /// <summary>Every use, under the integration's lock; empty when it may be deleted. Catalogs are known from what Catalog announced: one that is being
    /// attached at this moment is taken off again by Catalog when it hears of the deletion.</summary>
    public static async Task<IReadOnlyList<IntegrationUse>> Of(Transaction transaction, string integrationId, CancellationToken cancellation)
    {
        var found = await transaction.Query<Row>(
            $"""
            with used as (
                select 1 as position, 'catalogs' as what, id from catalogs where integration_id = @integrationId
                union all select 2, 'live subscriptions', id from subscriptions where integration_id = @integrationId and cancelled_at is null
                union all select 3, 'unpaid invoices', id from invoices where integration_id = @integrationId and status in ('draft', 'open', 'past_due', 'incomplete')
                union all select 4, 'jobs', id from stripe_jobs where integration_id = @integrationId)
            select what, count(*) as count, (array_agg(id order by id))[:{Shown}] as ids from used group by position, what order by position
            """, new { integrationId }, cancellation);
        return [.. found.Select(use => new IntegrationUse(use.What, use.Count, use.Ids))];
    }

    private sealed record Row
    {
        public required string What { get; init; }

        public required long Count { get; init; }

        public required string[] Ids { get; init; }
    }
}
