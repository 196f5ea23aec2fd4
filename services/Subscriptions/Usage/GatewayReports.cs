using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>How far each gateway's reports have been applied without a gap.</summary>
public static class GatewayReports
{
    /// <summary>What a gateway may drop from its journal. Asking also tells that the gateway lives.</summary>
    public static async Task<UsageReportsApplied> Read([MaxLength(100)] string gatewayId, Database database, CancellationToken cancellation) => new(
        await database.QueryOne<long>(
            "insert into gateways (id) values (@gatewayId) on conflict (id) do update set last_seen = now() returning applied_through",
            new { gatewayId }, cancellation));

    /// <summary>Moves on over every report that follows without a gap; what one of those says of settled calls is then true, and its number alone
    /// tells from now on that it was applied.</summary>
    internal static Task Advance(Transaction transaction, string gatewayId, CancellationToken cancellation) => transaction.Execute(
        """
        with recursive next as (
            select sequence, settled_through from usage_reports where gateway_id = @gatewayId
                and sequence = (select applied_through + 1 from gateways where id = @gatewayId)
            union all
            select r.sequence, r.settled_through from usage_reports r join next n on r.gateway_id = @gatewayId and r.sequence = n.sequence + 1),
        advanced as (
            update gateways set applied_through = (select max(sequence) from next), settled_through = greatest(settled_through, (select max(settled_through) from next))
            where id = @gatewayId and exists (select 1 from next))
        delete from usage_reports where gateway_id = @gatewayId and sequence in (select sequence from next)
        """, new { gatewayId }, cancellation);
}
