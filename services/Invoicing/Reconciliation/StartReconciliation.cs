using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Which billing integration to compare with Stripe now.</summary>
/// <param name="Since">Compare everything that was created at Stripe since then; absent, from where the runs before have seen everything, at most 30 days. What is not settled in our books is compared however old it is.</param>
public sealed record StartReconciliationRequest([property: Required, PlainText(60)] string BillingIntegrationId, DateTimeOffset? Since = null);

/// <summary><c>POST /v1/reconciliation</c>: owners and administrators of the provider, and platform operators. The schedule starts runs by the same rule.</summary>
public static class StartReconciliation
{
    private const int BatchSize = 20;
    private static readonly TimeSpan LongestBack = TimeSpan.FromDays(3 * 366);

    /// <summary>202 with the run; 404 and 403 as for the integration; 409 <c>reconciliation_running</c>, or <c>not_billed_by_stripe</c> where there is nothing to compare with.</summary>
    public static async Task<Results<Accepted<ReconciliationResponse>, ProblemHttpResult>> Handle(
        StartReconciliationRequest request, Caller caller, IEnumerable<IReconciliationStep> steps, Wakeups wakeups, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.Lock(transaction, request.BillingIntegrationId, cancellation);
        if (BillingIntegration.RefuseStripe(caller, integration, request.BillingIntegrationId) is { } refusal)
        {
            return refusal;
        }

        if (request.Since is { } since && (since > now || since < now - LongestBack))
        {
            return Problem.Invalid("since", "A time within the last three years.");
        }

        if (await ReconciliationRun.Start(transaction, integration!, steps, request.Since?.ToUniversalTime(), caller, now, Ids.New("rec", clock), cancellation) is not { } id)
        {
            return Problems.ReconciliationRunning();
        }

        await transaction.Record(caller, "reconciliation.started", integration!.OrganizationId, id, null, new { request.BillingIntegrationId, request.Since }, cancellation);
        await transaction.Commit(cancellation);
        wakeups.Wake(ReconciliationWorker.Timer);
        return TypedResults.Accepted($"/v1/reconciliation/{id}", await ReadReconciliations.Find(database, id, cancellation));
    }

    /// <summary>Starts the runs whose time of the day has come, and gives integrations that are new theirs; how many it started. Where a time passed unseen, one run
    /// makes up for all: it looks back to where the runs before it have seen everything.</summary>
    public static async Task<int> WhatIsDue(IServiceProvider services, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!services.GetRequiredService<IConfiguration>().GetValue("Reconciliation:Daily", true))
        {
            return 0;
        }

        var (database, clock) = (services.GetRequiredService<Database>(), services.GetRequiredService<TimeProvider>());
        // The time of day comes from the id, so that the integrations of a large installation do not begin together.
        await database.Execute(
            """
            insert into reconciliation_schedule (integration_id, next_run_at)
            select id, date_trunc('day', @now, 'UTC') + make_interval(days => 1, secs => mod(abs(hashtext(id)::bigint), 86400))
            from billing_integrations i where deleted_at is null and billing_model <> 'custom' and not exists (select from reconciliation_schedule s where s.integration_id = i.id)
            on conflict do nothing
            """, new { now }, cancellation);
        await using var transaction = await database.Begin(cancellation);
        var due = await transaction.Query<string>(
            """
            update reconciliation_schedule set next_run_at = next_run_at + make_interval(days => 1 + extract(day from @now - next_run_at)::int) where integration_id in (
                select integration_id from reconciliation_schedule where next_run_at <= @now order by next_run_at limit @BatchSize for update skip locked)
            returning integration_id
            """, new { now, BatchSize }, cancellation);
        foreach (var id in due)
        {
            // While Stripe refuses the key there is nothing to be compared.
            if (await BillingIntegration.Lock(transaction, id, cancellation) is { QueueStatus: "running" } integration)
            {
                await ReconciliationRun.Start(transaction, integration, services.GetServices<IReconciliationStep>(), null, null, now, Ids.New("rec", clock), cancellation);
            }
        }

        await transaction.Commit(cancellation);
        if (due.Count > 0)
        {
            services.GetRequiredService<Wakeups>().Wake(ReconciliationWorker.Timer);
        }

        return due.Count;
    }
}
