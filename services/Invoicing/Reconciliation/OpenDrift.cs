using System.Diagnostics.Metrics;
using Marketplace.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.Invoicing;

/// <summary>How much of our books and Stripe's differs and waits for a person: a gauge by kind, and a figure on <c>/ready</c> that takes nothing out of service.</summary>
public sealed class OpenDrift(Database database) : IHealthCheck
{
    private static readonly Meter Metrics = new("Marketplace.Invoicing");
    private static IReadOnlyList<Count> open = [];

    static OpenDrift() => Metrics.CreateObservableGauge(
        "marketplace.invoicing.open_drift", () => open.Select(count => new Measurement<long>(count.Number, new KeyValuePair<string, object?>("kind", count.Kind))),
        "{drift}", "Differences between Stripe and our books that wait for a person");

    /// <summary>Counts what is open. Nothing of it is work that could be left over.</summary>
    public async Task<int> Measure(CancellationToken cancellation)
    {
        open = await database.Query<Count>("select kind, count(*) as number from reconciliation_drifts where state = 'open' group by kind order by kind", null, cancellation);
        return 0;
    }

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (drifts, failed) = await database.QueryOne<(long, long)>(
            """
            select (select count(*) from reconciliation_drifts where state = 'open'),
                (select count(*) from reconciliation_schedule s join billing_integrations i on i.id = s.integration_id where i.deleted_at is null
                    and (select r.state from reconciliation_runs r where r.integration_id = s.integration_id order by r.id desc limit 1) = 'failed')
            """, null, cancellationToken);
        return drifts + failed == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"{drifts} differences to Stripe are open, the last comparison of {failed} billing integrations failed: GET /v1/reconciliation.");
    }

    private sealed record Count(string Kind, long Number);
}
