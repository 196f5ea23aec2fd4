using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>The gateway's feed: what may be called by whom, as of each object's last change.</summary>
public static class ReadEntitlements
{
    /// <summary>What changed after a position, oldest first; both kinds of objects share one sequence of positions. All of it is read as of one moment: a page
    /// that showed a subscription's end without the keys that moved to another one would close what stays open.</summary>
    public static async Task<EntitlementPage> Handle(
        Database database, CancellationToken cancellation,
        [FromQuery(Name = "after")] long after = 0, [FromQuery(Name = "limit"), Range(1, 5000)] int limit = 1000)
    {
        await using var snapshot = await database.Snapshot(cancellation);
        var places = await snapshot.Query<Place>(
            """
            (select position, id, false as is_credential from subscriptions where position > @after order by position limit @Take)
            union all
            (select position, id, true from credentials where position > @after order by position limit @Take)
            order by position limit @Take
            """, new { after, Take = limit + 1 }, cancellation);
        var shown = places.Take(limit).ToList();
        if (shown.Count == 0)
        {
            return new EntitlementPage(after, false, [], []);
        }

        var subscriptions = await Subscriptions(snapshot, [.. shown.Where(p => !p.IsCredential).Select(p => p.Id)], cancellation);
        var credentials = await snapshot.Query<CredentialEntitlement>(
            """
            select id as credential_id, key_hash, organization_id, application_id, subscription_id, api_id, status from credentials
            where id = any(@Ids) and key_hash is not null order by position
            """, new { Ids = shown.Where(p => p.IsCredential).Select(p => p.Id).ToArray() }, cancellation);
        return new EntitlementPage(shown[^1].Position, places.Count > limit, subscriptions, credentials);
    }

    private static async Task<IReadOnlyList<SubscriptionEntitlement>> Subscriptions(Transaction snapshot, string[] ids, CancellationToken cancellation)
    {
        if (ids.Length == 0)
        {
            return [];
        }

        var rows = await snapshot.Query<Subscription>($"{Subscription.Select} where s.id = any(@ids) order by s.position", new { ids }, cancellation);
        var grants = (await snapshot.Query<Granted>(
            "select subscription_id, api_id, application_id from access_requests where subscription_id = any(@ids) and status = 'granted' order by id",
            new { ids }, cancellation)).ToLookup(g => g.SubscriptionId, StringComparer.Ordinal);
        return [.. rows.Select(row => Show(row, [.. grants[row.Id].Select(g => new GrantedApi(g.ApiId, g.ApplicationId))]))];
    }

    private static SubscriptionEntitlement Show(Subscription row, IReadOnlyList<GrantedApi> granted)
    {
        var access = Access.Of(row);
        return new SubscriptionEntitlement(
            row.Id, row.OrganizationId, row.ProductId, row.ProductName, row.ApplicationId, access.Refusal, access.Until, access.RefusalAfter,
            row.PeriodStart ?? row.CreatedAt, row.PeriodEnd ?? row.CreatedAt, granted,
            [.. row.Plan.Quotas.Select(Show)], row.Plan.RateLimit, row.Plan.RateLimitSeconds, row.Plan.BurstLimit, row.Plan.BurstSeconds,
            MeteredUnits.OwnUnits(row.Plan) is { Count: > 0 } units ? units : null, row.ReplacedProducts.Length == 0 ? null : row.ReplacedProducts);
    }

    private static QuotaEntitlement Show(QuotaSnapshot quota) => new(quota.QuotaId, quota.Unit, quota.Limit, quota.Kind, quota.Interval, quota.ApiIds);

    private sealed record Place(long Position, string Id, bool IsCredential);

    private sealed record Granted(string SubscriptionId, string ApiId, string? ApplicationId);
}
