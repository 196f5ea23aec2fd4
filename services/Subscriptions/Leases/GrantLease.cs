using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Shares a strict quota's units out among the gateways: all of them together never hold more than the limit.</summary>
public static class GrantLease
{
    /// <summary>Grants up to what is wanted in all. Repeating a request, or wanting less than is held, changes nothing.</summary>
    public static async Task<Results<Ok<LeaseAnswer>, ProblemHttpResult>> Handle(
        LeaseRequest request, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var subscription = await database.QueryOne<Subscription>($"{Subscription.Select} where s.id = @SubscriptionId", request, cancellation);
        if (subscription?.Plan.Quotas.FirstOrDefault(q => q.QuotaId == request.QuotaId && q is { Kind: "strict", Limit: not null }) is not { } quota)
        {
            return Problem.NotFound("strict quota", request.QuotaId);
        }

        if (Window(subscription, quota, request.WindowStart) is not { } window)
        {
            return Problems.NotAWindow();
        }

        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            "insert into lease_windows (subscription_id, quota_id, window_start) values (@SubscriptionId, @QuotaId, @WindowStart) on conflict do nothing", request, cancellation);
        await transaction.Execute(
            "select 1 from lease_windows where subscription_id = @SubscriptionId and quota_id = @QuotaId and window_start = @WindowStart for update", request, cancellation);
        var held = await transaction.QueryOne<Held>(
            """
            select coalesce(sum(granted) filter (where gateway_id = @GatewayId), 0)::bigint as own, coalesce(sum(granted) filter (where gateway_id <> @GatewayId), 0)::bigint as others
            from leases where subscription_id = @SubscriptionId and quota_id = @QuotaId and window_start = @WindowStart
            """, request, cancellation);

        var room = Math.Max(0, quota.Limit!.Value - await CarriedUnits.Sum(transaction, subscription, window, cancellation));

        // Without access nothing more is handed out; what is held may have been used. A gateway that has not heard of a plan change yet lets calls through as before it.
        var limit = Access.Of(subscription).Refusal is null || subscription.Status == SubscriptionStatus.Migrated ? room : 0;
        var granted = Math.Max(held!.Own, Math.Min(request.Wanted, limit - held.Others));
        if (granted > held.Own)
        {
            await transaction.Execute(
                """
                insert into leases (subscription_id, quota_id, window_start, gateway_id, granted) values (@SubscriptionId, @QuotaId, @WindowStart, @GatewayId, @granted)
                on conflict (subscription_id, quota_id, window_start, gateway_id) do update set granted = excluded.granted
                """, new { request.SubscriptionId, request.QuotaId, request.WindowStart, request.GatewayId, granted }, cancellation);
        }

        var (counted, appliedThrough) = await Counted(transaction, subscription, window, request.GatewayId, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new LeaseAnswer(granted, Math.Max(0, room - held.Others - granted), counted, appliedThrough));
    }

    // A window that could start anywhere would be a quota without limit.
    private static QuotaInWindow? Window(Subscription subscription, QuotaSnapshot quota, DateTimeOffset start)
    {
        var period = MeteredPeriod.At(subscription with { EndedAt = null }, start);
        var window = QuotaWindow.At(quota.Interval, start, (period.Start, period.End));
        return window.Start == start ? new(subscription.Id, quota, window.Start, window.End) : null;
    }

    // Reports are counted as they come; what came ahead of a missing one does not belong to "applied through" and is taken out again.
    private static async Task<(long Counted, long AppliedThrough)> Counted(
        Transaction transaction, Subscription subscription, QuotaInWindow window, string gatewayId, CancellationToken cancellation)
    {
        var appliedThrough = await transaction.QueryOne<long>("select applied_through from gateways where id = @gatewayId for share", new { gatewayId }, cancellation);
        var counted = await UsedUnits.Sum(transaction, window, gatewayId, cancellation);
        var ahead = await transaction.Query<string>(
            "select entries::text from usage_reports where gateway_id = @gatewayId", new { gatewayId }, cancellation);
        var early = ahead.SelectMany(entries => JsonSerializer.Deserialize<UsageEntry[]>(entries, JsonSerializerOptions.Web)!)
            .Where(e => e.SubscriptionId == subscription.Id && (e.Unit ?? MeteredUnits.Transactions) == window.Quota.Unit && (window.Quota.ApiIds.Count == 0 || window.Quota.ApiIds.Contains(e.ApiId)))
            .Where(e => window.Quota.Interval == "period" ? MeteredPeriod.At(subscription, e.From).Start == window.Start : e.From >= window.Start && e.From < window.End)
            .Sum(e => e.Quantity);
        return (counted - early, appliedThrough);
    }

    private sealed record Held(long Own, long Others);
}
