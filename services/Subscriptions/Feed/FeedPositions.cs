using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Gives changed objects their place in the gateway's feed.</summary>
internal static class FeedPositions
{
    /// <summary>Whoever holds it hands out positions until its commit: a reader who has seen a position has therefore seen every smaller one.</summary>
    private const long Lock = 7_310_842_552;

    /// <summary>Moves the objects to the feed's end and hints the gateways; credentials of the subscriptions that lost their place come along.
    /// The last step before a commit: whoever waited for another lock while holding this one could wait for ever.</summary>
    public static async Task Assign(
        Transaction transaction, IReadOnlyCollection<string> subscriptions, IReadOnlyCollection<string> credentials, CancellationToken cancellation)
    {
        var parameters = new { Subscriptions = subscriptions.ToArray(), Credentials = credentials.ToArray(), Lock };
        await transaction.Execute(
            """
            select 1 from subscriptions where id = any(@Subscriptions) order by id for update;
            select 1 from credentials where id = any(@Credentials) order by id for update;
            select pg_advisory_xact_lock(@Lock)
            """, parameters, cancellation);
        var changed = await transaction.Query<Changed>(
            """
            with s as (update subscriptions set position = nextval('feed_position') where id = any(@Subscriptions) and approved_at is not null
                       returning id, organization_id, position, (final_early and final_due is not null) or migrated_to is not null as calls_awaited),
                 c as (update credentials set position = nextval('feed_position')
                       where key_hash is not null and (id = any(@Credentials) or (subscription_id = any(@Subscriptions) and position is null))
                       returning coalesce(subscription_id, '') as id, organization_id, position, false as calls_awaited)
            select id, organization_id, max(position) as position, bool_or(calls_awaited) as calls_awaited from (select * from s union all select * from c) all_changed group by id, organization_id
            """, parameters, cancellation);
        foreach (var change in changed)
        {
            await transaction.Announce(new AccessChanged(change.Id, change.OrganizationId, change.Position, change.CallsAwaited), cancellation);
        }
    }

    private sealed record Changed(string Id, string OrganizationId, long Position, bool CallsAwaited);
}
