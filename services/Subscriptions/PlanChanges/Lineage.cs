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

    /// <summary>The same with what a subscription that costs money (<c>@IsPaid</c>) answers for besides: those that its organization had of the product before, and what they replaced. Of these <c>left_before</c> says
    /// when the one that follows them was approved (UTC); null of the lineage itself.</summary>
    public const string WithLeft =
        """
        with recursive lineage (id, migrated_from, follows, approved_at, since, left_before) as (
            select id, migrated_from, follows, approved_at, 0, null::timestamptz from subscriptions where id = @Id
            union all
            select s.id, s.migrated_from, s.follows, coalesce(s.approved_at, l.approved_at), l.since + 1, coalesce(l.left_before, case when l.migrated_from is null then l.approved_at end)
            from lineage l join subscriptions s on s.id = coalesce(l.migrated_from, case when @IsPaid then l.follows end))
        """;

    /// <summary>Finds which one a new subscription of <c>@OrganizationId</c> to <c>@ProductId</c> follows.</summary>
    public const string Left =
        """
        select p.id from subscriptions p where p.organization_id = @OrganizationId and p.product_id = @ProductId and p.ended_at is not null and p.migrated_to is null
            and not exists (select from subscriptions f where f.follows = p.id)
        order by p.ended_at desc limit 1
        """;

    /// <summary>Holds the subscription that answers for what was invoiced by another one: that itself, the last one that took its place or, once that is over, what its organization took of the product after it.</summary>
    public static async Task<Subscription?> LockAnswering(Transaction transaction, string id, CancellationToken cancellation)
    {
        // Those in between are over, and read without waiting for them: who moves the last one to another plan may hold it and write them.
        const string Last =
            """
            with recursive onward (id, step) as (
                select @Id, 0
                union all select s.id, o.step + 1 from onward o join subscriptions s on s.migrated_from = o.id or s.follows = o.id)
            select id from onward where step > 0 order by step desc limit 1
            """;
        var subscription = await Subscription.Lock(transaction, id, cancellation);
        while (subscription is { IsLive: false } && await transaction.QueryOne<string>(Last, subscription, cancellation) is { } last)
        {
            subscription = await Subscription.Lock(transaction, last, cancellation);
        }

        return subscription;
    }
}
