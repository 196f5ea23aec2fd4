using System.Collections.Concurrent;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>When Stripe last answered, and what went wrong last.</summary>
/// <param name="LastSuccessAt">UTC; null before the first answer.</param>
/// <param name="LastErrorAt">UTC; null while nothing went wrong.</param>
/// <param name="LastError">A stable word, such as <c>stripe_unreachable</c>, <c>stripe_timeout</c>, <c>http_503</c> or <c>key_revoked</c>.</param>
public sealed record ReachabilityView(DateTimeOffset? LastSuccessAt, DateTimeOffset? LastErrorAt, string? LastError)
{
    /// <summary>Whether the last that is known is an error.</summary>
    public bool IsFailing => LastErrorAt is not null && (LastSuccessAt is null || LastErrorAt > LastSuccessAt);
}

/// <summary>Stripe as seen from here, for operators.</summary>
/// <param name="Address">Where calls go.</param>
/// <param name="Status"><c>reachable</c>, <c>failing</c>, or <c>unknown</c> while nothing was asked.</param>
/// <param name="Failing">Billing integrations whose last call failed, at most 100.</param>
public sealed record StripeHealth(string Address, string Status, ReachabilityView Overall, IReadOnlyList<string> Failing);

/// <summary>Watches every call to Stripe. Kept in memory and written down now and then, so that replicas and restarts know it too; what the last few
/// seconds brought may be lost with a process, which only makes it older.</summary>
public sealed class StripeReachability(Database database, TimeProvider clock) : IHealthCheck
{
    /// <summary>How often it is written down.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ReachabilityView> seen = new(StringComparer.Ordinal);

    /// <summary>Makes a call and remembers how it went.</summary>
    /// <param name="integrationId">Null for a key that is not stored, whose refusal says nothing about Stripe.</param>
    public async Task<T> Watch<T>(string? integrationId, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            var answer = await call();
            Remember(integrationId, (int)(answer switch { StripeResponse response => response.StatusCode, HttpResponseMessage message => message.StatusCode, _ => default }) switch
            {
                401 => "key_revoked",
                >= 500 and var status => $"http_{status}",
                _ => null,
            });
            return answer;
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            Remember(integrationId, failure.Code);
            throw;
        }
    }

    /// <summary>Writes down what is new; how many integrations.</summary>
    public async Task<int> WriteDown(CancellationToken cancellation)
    {
        foreach (var (id, view) in seen.ToArray())
        {
            await database.Execute(
                """
                insert into stripe_reachability as r (integration_id, last_success_at, last_error_at, last_error)
                select @id, @LastSuccessAt, @LastErrorAt, @LastError where exists (select from billing_integrations where id = @id)
                on conflict (integration_id) do update set
                    last_success_at = greatest(r.last_success_at, excluded.last_success_at), last_error_at = greatest(r.last_error_at, excluded.last_error_at),
                    last_error = case when r.last_error_at is null or excluded.last_error_at > r.last_error_at then excluded.last_error else r.last_error end
                """, new { id, view.LastSuccessAt, view.LastErrorAt, view.LastError }, cancellation);
            seen.TryRemove(KeyValuePair.Create(id, view));
        }

        return 0;
    }

    /// <summary>What is known of integrations, from all processes.</summary>
    public async Task<IReadOnlyDictionary<string, ReachabilityView>> Of(string[] integrationIds, CancellationToken cancellation) =>
        (await database.Query<Row>("select * from stripe_reachability where integration_id = any(@integrationIds)", new { integrationIds }, cancellation))
            .Select(row => (row.IntegrationId, View: row.View))
            .Concat(integrationIds.Where(seen.ContainsKey).Select(id => (IntegrationId: id, View: seen.GetValueOrDefault(id, new(null, null, null)))))
            .GroupBy(known => known.IntegrationId).ToDictionary(group => group.Key, group => Newest(group.Select(g => g.View)), StringComparer.Ordinal);

    /// <summary>Overall, over every integration that is not deleted.</summary>
    public async Task<StripeHealth> Health(StripeConnections stripe, CancellationToken cancellation)
    {
        var ids = await database.Query<string>("select id from billing_integrations where deleted_at is null", null, cancellation);
        var known = await Of([.. ids], cancellation);
        var overall = Newest(known.Values);
        return new(
            stripe.Address, overall is { LastSuccessAt: null, LastErrorAt: null } ? "unknown" : overall.IsFailing ? "failing" : "reachable", overall,
            [.. known.Where(k => k.Value.IsFailing).Select(k => k.Key).Order(StringComparer.Ordinal).Take(100)]);
    }

    /// <summary>Degraded while the last call of every integration failed: shown on <c>/ready</c>, and no reason to take the process out of service.</summary>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var overall = await database.QueryOne<Row>(
            "select null as integration_id, max(last_success_at) as last_success_at, max(last_error_at) as last_error_at, null as last_error from stripe_reachability", null, cancellationToken);
        return overall?.View is { IsFailing: true } view ? HealthCheckResult.Degraded($"Stripe has not answered since {view.LastSuccessAt:u}.") : HealthCheckResult.Healthy();
    }

    private void Remember(string? integrationId, string? error)
    {
        if (integrationId is null)
        {
            return;
        }

        var now = clock.GetUtcNow();
        seen.AddOrUpdate(
            integrationId, _ => error is null ? new(now, null, null) : new(null, now, error),
            (_, known) => error is null ? known with { LastSuccessAt = now } : known with { LastErrorAt = now, LastError = error });
    }

    private static ReachabilityView Newest(IEnumerable<ReachabilityView> views)
    {
        var all = views.ToList();
        var error = all.Where(v => v.LastErrorAt is not null).MaxBy(v => v.LastErrorAt);
        return new(all.Max(v => v.LastSuccessAt), error?.LastErrorAt, error?.LastError);
    }

    private sealed record Row
    {
        public string IntegrationId { get; init; } = "";

        public DateTimeOffset? LastSuccessAt { get; init; }

        public DateTimeOffset? LastErrorAt { get; init; }

        public string? LastError { get; init; }

        public ReachabilityView View => new(LastSuccessAt, LastErrorAt, LastError);
    }
}
