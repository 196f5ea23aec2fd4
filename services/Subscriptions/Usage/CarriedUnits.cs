using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What was used before a plan change counts on in the window in which it was made: changing to and fro refills no strict quota. Only a whole base price
/// that was charged anew buys a whole quota with it. All subscriptions to the product that were replaced one after the other are summed, so that a way over
/// several plans refills nothing either.</summary>
internal static class CarriedUnits
{
    // What a gateway holds of an old subscription may have been used until its reports reach the change; from then on what they tell is all there was.
    private static readonly string Carried =
        $"""
        {Lineage.With},
        used as (
            select s.id, s.ended_at, s.plan, u.gateway_id, sum(u.quantity) as quantity from usage u join subscriptions s on s.id = u.subscription_id
            where s.id in (select id from lineage where id <> @Id) and s.product_id = @ProductId and u.unit = @Unit and (@AnyApi or u.api_id = any(@Apis))
                and case when @IsPeriod then u.period_start >= @From else u.day >= @FirstDay end
            group by s.id, u.gateway_id),
        held as (
            select s.id, s.ended_at, l.gateway_id, sum(l.granted) as quantity from leases l join subscriptions s on s.id = l.subscription_id
            where s.id in (select id from lineage where id <> @Id) and s.product_id = @ProductId and l.window_start >= @From
                and exists (select 1 from jsonb_array_elements(s.plan -> 'quotas') q where q ->> 'quotaId' = l.quota_id and q ->> 'unit' = @Unit)
            group by s.id, l.gateway_id)
        select coalesce(sum(case when g.settled_through >= coalesce(u.ended_at, h.ended_at) then coalesce(u.quantity, 0)
                                 else greatest(coalesce(u.quantity, 0), coalesce(h.quantity, 0)) end), 0)::bigint
        from used u full join held h on h.id = u.id and h.gateway_id = u.gateway_id left join gateways g on g.id = coalesce(u.gateway_id, h.gateway_id)
        """;

    /// <summary>From when on earlier use counts for a subscription that takes another one's place between two ends of periods.</summary>
    public static DateTimeOffset? From(Subscription old) =>
        old.PeriodIndex == old.FirstIndex && (old.TrialUntil is null || old.PeriodStart < old.TrialUntil) ? old.QuotaFrom ?? old.PeriodStart : old.PeriodStart;

    /// <summary>Units that count against a quota's window beside the subscription's own.</summary>
    public static Task<long> Sum(Transaction transaction, Subscription subscription, QuotaInWindow window, CancellationToken cancellation) =>
        Begin(subscription, window) is { } from ? transaction.QueryOne<long>(Carried, Parameters(subscription, window, from), cancellation) : Task.FromResult(0L);

    /// <summary>The same outside a write.</summary>
    public static Task<long> Sum(Database database, Subscription subscription, QuotaInWindow window, CancellationToken cancellation) =>
        Begin(subscription, window) is { } from ? database.QueryOne<long>(Carried, Parameters(subscription, window, from), cancellation) : Task.FromResult(0L);

    // Null where nothing is carried into the window.
    private static DateTimeOffset? Begin(Subscription subscription, QuotaInWindow window)
    {
        if (subscription.CoveredFrom is not { } covered || (subscription.IsPaid && subscription.Anchor >= covered))
        {
            return null;
        }

        if (window.Quota.Interval != "period")
        {
            return window.Start <= covered ? window.Start : null;
        }

        // A period that is paid for in part counts from where it was paid for first.
        var from = subscription is { IsPaid: true, Anchor: { } anchor } ? subscription.CalendarFrom(anchor).Period(subscription.FirstIndex).Start : subscription.QuotaFrom;
        return window.Start == covered ? from : null;
    }

    private static object Parameters(Subscription subscription, QuotaInWindow window, DateTimeOffset from) => new
    {
        subscription.Id,
        subscription.ProductId,
        window.Quota.Unit,
        AnyApi = window.Quota.ApiIds.Count == 0,
        Apis = window.Quota.ApiIds.ToArray(),
        IsPeriod = window.Quota.Interval == "period",
        From = from,
        FirstDay = DateOnly.FromDateTime(from.UtcDateTime),
    };
}
