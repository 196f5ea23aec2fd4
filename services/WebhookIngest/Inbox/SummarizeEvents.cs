using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>Events in one state that is not final.</summary>
/// <param name="State"><c>received</c>, <c>announced</c> or <c>parked</c>.</param>
/// <param name="Reason">Why they are parked.</param>
/// <param name="OldestReceivedAt">When the oldest of them was received.</param>
public sealed record WaitingEvents(string State, string? Reason, long Count, DateTimeOffset OldestReceivedAt);

/// <summary>What waits: for the broker, for an answer, for a person.</summary>
public sealed record EventSummaryResponse(long Parked, IReadOnlyList<WaitingEvents> Waiting);

/// <summary>Counts what is not finished; handled and ignored events are history.</summary>
public static class SummarizeEvents
{
    private const string Sql =
        $"""
        select {EventSearch.ShownState} as state, e.reason, count(*) as count, min(e.received_at) as oldest_received_at
        from webhook_events e where e.state in ('announced', 'parked') and (@IsOperator or e.organization_id = any(@Organizations)) group by 1, 2 order by 1, 2
        """;

    /// <summary>200. Operators see everybody's, owners and admins of provider organizations their own, others none.</summary>
    public static async Task<EventSummaryResponse> Handle(Caller caller, Database database, CancellationToken cancellation)
    {
        var waiting = await database.Query<WaitingEvents>(Sql, new { caller.IsOperator, Organizations = caller.OrganizationsWith(Roles.ProviderSettings) }, cancellation);
        return new EventSummaryResponse(waiting.Where(w => w.State == EventState.Parked).Sum(w => w.Count), waiting);
    }

    /// <summary>Tells the same as a metric. Nothing of it is work that could be left over.</summary>
    public static async Task<int> Measure(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation)
    {
        Measures.Waiting = await services.GetRequiredService<Database>().Query<WaitingEvents>(Sql, new { IsOperator = true, Organizations = Array.Empty<string>() }, cancellation);
        return 0;
    }
}

/// <summary>Degraded while events wait for a person. It takes nothing out of service.</summary>
public sealed class ParkedEventsCheck(Database database) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var parked = await database.QueryOne<long>("select count(*) from webhook_events where state = 'parked'", null, cancellationToken);
        return parked == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"{parked} events are parked: GET /v1/webhook-events?state=parked.");
    }
}
