using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Something that still needs a billing integration.</summary>
/// <param name="What"><c>catalogs</c>, <c>live subscriptions</c>, <c>unclosed subscriptions</c> (ended, their last usage not charged yet), <c>unpaid invoices</c> or <c>jobs</c>.</param>
/// <param name="Ids">At most ten of them.</param>
public sealed record IntegrationUse(string What, long Count, IReadOnlyList<string> Ids);

/// <summary>Where a billing integration is used.</summary>
public static class IntegrationUses
{
    private const int Shown = 10;

    // A last closure follows within two hours of the end. One that was not heard for so long has another fault, and should it come yet, its invoice shows an error.
    private static readonly TimeSpan LongestClosing = TimeSpan.FromDays(3);

    /// <summary>Every use, under the integration's lock; empty when it may be deleted. Catalogs are known from what Catalog announced: one that is being
    /// attached at this moment is taken off again by Catalog when it hears of the deletion. What ended after it ran is a use until a closure is heard after its end, which charges its last usage; what
    /// was never paid gets none.</summary>
    public static async Task<IReadOnlyList<IntegrationUse>> Of(Transaction transaction, string integrationId, DateTimeOffset now, CancellationToken cancellation)
    {
        var found = await transaction.Query<Row>(
            $"""
            with used as (
                select 1 as position, 'catalogs' as what, id from catalogs where integration_id = @integrationId
                union all select 2, 'live subscriptions', id from subscriptions where integration_id = @integrationId and cancelled_at is null
                union all select 3, 'unclosed subscriptions', id from subscriptions s
                    where integration_id = @integrationId and cancelled_at > @ClosedBy and cancel_reason <> 'never_paid'
                        and not exists (select from charged_closures c where c.subscription_id = s.id and c.charged_at >= s.cancelled_at)
                union all select 4, 'unpaid invoices', id from invoices where integration_id = @integrationId and status in ('draft', 'open', 'past_due', 'incomplete')
                union all select 5, 'jobs', id from stripe_jobs where integration_id = @integrationId)
            select what, count(*) as count, (array_agg(id order by id))[:{Shown}] as ids from used group by position, what order by position
            """, new { integrationId, ClosedBy = now - LongestClosing }, cancellation);
        return [.. found.Select(use => new IntegrationUse(use.What, use.Count, use.Ids))];
    }

    private sealed record Row
    {
        public required string What { get; init; }

        public required long Count { get; init; }

        public required string[] Ids { get; init; }
    }
}
