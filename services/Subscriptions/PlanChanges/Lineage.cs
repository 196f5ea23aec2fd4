using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>A subscription with those whose place it took, one after the other.</summary>
internal static class Lineage
{
    /// <summary>Begins a query with the ids of subscription <c>@Id</c> and everything that it replaced as <c>lineage (id, since)</c>: how many changes ago.</summary>
    public const string With =
        """
        with recursive lineage (id, migrated_from, since) as (
            select id, migrated_from, 0 from subscriptions where id = @Id
            union all select s.id, s.migrated_from, l.since + 1 from subscriptions s join lineage l on s.id = l.migrated_from)
        """;

    /// <summary>Holds a subscription, or the last one that took its place: what concerns the old ones is decided on that one.</summary>
    public static async Task<Subscription?> LockLast(Transaction transaction, string id, CancellationToken cancellation)
    {
        var subscription = await Subscription.Lock(transaction, id, cancellation);
        while (subscription?.MigratedTo is { } next)
        {
            subscription = await Subscription.Lock(transaction, next, cancellation);
        }

        return subscription;
    }
}
