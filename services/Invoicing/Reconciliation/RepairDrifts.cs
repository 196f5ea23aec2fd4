using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>How many differences are being repaired now.</summary>
public sealed record RepairedDriftsResponse(int Repairing);

/// <summary><c>POST …/drifts/{driftId}/repair</c>, <c>…/accept</c> and <c>POST …/repair</c>: owners and administrators of the provider, and platform operators.</summary>
public sealed partial class RepairDrifts(IEnumerable<IReconciliationStep> steps, Database database, TimeProvider clock, ILogger<RepairDrifts> logger)
{
    /// <summary>The name of its timer.</summary>
    public const string Timer = "repair-drifts";

    /// <summary>How long after the last look a difference under repair is looked at again, in real time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private const int BatchSize = 10;

    /// <summary>200 with the difference: <c>repaired</c> when it is gone, <c>repairing</c> while a job is on its way; 409 <c>drift_not_open</c>, 409
    /// <c>drift_not_repairable</c> with what to do, 503 <c>stripe_unavailable</c>.</summary>
    public static async Task<Results<Ok<DriftResponse>, ProblemHttpResult>> One(
        string id, string driftId, Caller caller, RepairDrifts repair, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var (drift, refusal) = await Find(id, driftId, caller, database, cancellation);
        if (drift is null)
        {
            return refusal!;
        }

        DriftVerdict verdict;
        try
        {
            verdict = await repair.Look(drift, byHand: true, cancellation);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is not null)
        {
            return Problems.StripeAway();
        }

        if (verdict.State == DriftState.Open)
        {
            return Problems.DriftNotRepairable(verdict.Detail ?? drift.Detail);
        }

        return await Close(drift, verdict, "reconciliation_drift.repaired", caller, database, clock, cancellation);
    }

    /// <summary>200 with the difference, accepted: later runs leave it alone as long as it stays as it is; 409 <c>drift_not_open</c>.</summary>
    public static async Task<Results<Ok<DriftResponse>, ProblemHttpResult>> Accept(
        string id, string driftId, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var (drift, refusal) = await Find(id, driftId, caller, database, cancellation);
        return drift is null ? refusal! : await Close(drift, new(DriftState.Accepted), "reconciliation_drift.accepted", caller, database, clock, cancellation);
    }

    /// <summary>202 with how many of the run's open differences are being repaired; what cannot be repaired is open again shortly, with what to do.</summary>
    public static async Task<Results<Accepted<RepairedDriftsResponse>, ProblemHttpResult>> All(
        string id, Caller caller, Wakeups wakeups, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var organization = await transaction.QueryOne<string>("select organization_id from reconciliation_runs where id = @id", new { id }, cancellation);
        if (ReadReconciliations.Refuse(caller, organization, id) is { } refusal)
        {
            return refusal;
        }

        var repairing = await transaction.Query<string>(
            $"""
            update reconciliation_drifts set state = 'repairing', asked = true, look_at = now(), closed_by = @UserId where id in (
                select d.id from reconciliation_drifts d join reconciliation_runs r on r.id = @id where {ReadReconciliations.InRun} and d.state = 'open' for update of d)
            returning id
            """, new { id, caller.UserId }, cancellation);
        if (repairing.Count > 0)
        {
            await transaction.Record(caller, "reconciliation.repaired", organization, id, new { State = DriftState.Open, Drifts = repairing }, new { State = DriftState.Repairing, Drifts = repairing }, cancellation);
        }

        await transaction.Commit(cancellation);
        wakeups.Wake(Timer);
        return TypedResults.Accepted($"/v1/reconciliation/{id}/drifts", new RepairedDriftsResponse(repairing.Count));
    }

    /// <summary>Looks at a batch of differences under repair; how many are not any more.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        // Moving the date is the claim: another process, or a crash here, leaves them for the next time.
        var due = await database.Query<Drift>(
            $"""
            update reconciliation_drifts set look_at = now() + @Interval where id in (
                select id from reconciliation_drifts where state = 'repairing' and look_at <= now() order by look_at limit @BatchSize for update skip locked)
            returning {Drift.Columns}
            """, new { Interval, BatchSize }, cancellation);
        var ended = 0;
        foreach (var drift in due)
        {
            try
            {
                ended += await Save(drift, await Look(drift, drift.Asked, cancellation), cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                NotLookedAt(logger, drift.Id, exception);
            }
        }

        return ended;
    }

    // 1 where it is not under repair any more.
    private async Task<int> Save(Drift drift, DriftVerdict verdict, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Drift.Lock(transaction, drift.Id, cancellation) is not { State: DriftState.Repairing } held)
        {
            return 0;
        }

        await held.Save(transaction, verdict, null, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
        return verdict.State == DriftState.Repairing ? 0 : 1;
    }

    // By hand once for each time that somebody asked; from then on it is only looked at.
    // What Stripe refuses for good, as where the key lacks a permission, waits for a person, who is told what stands in the way.
    private async Task<DriftVerdict> Look(Drift drift, bool byHand, CancellationToken cancellation)
    {
        try
        {
            return await BillingIntegration.Find(database, drift.IntegrationId, cancellation) is { } integration && steps.FirstOrDefault(step => step.Name == drift.Step) is { } step
                ? await step.Look(drift, integration, byHand, cancellation)
                : DriftVerdict.Open("The billing integration was deleted; accept it.");
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { Kind: not StripeFailureKind.Transient } failure)
        {
            NotLookedAt(logger, drift.Id, exception);
            return DriftVerdict.Open($"{failure.Code}: {failure.Detail}");
        }
    }

    private static async Task<(Drift? Drift, ProblemHttpResult? Refusal)> Find(string id, string driftId, Caller caller, Database database, CancellationToken cancellation)
    {
        var organization = await database.QueryOne<string>("select organization_id from reconciliation_runs where id = @id", new { id }, cancellation);
        if (ReadReconciliations.Refuse(caller, organization, id) is { } refusal)
        {
            return (null, refusal);
        }

        var drift = await database.QueryOne<Drift>(
            $"""
            select {Drift.Columns} from reconciliation_drifts where id =
                (select d.id from reconciliation_drifts d join reconciliation_runs r on r.id = @id where d.id = @driftId and {ReadReconciliations.InRun})
            """, new { id, driftId }, cancellation);
        return drift is null ? (null, Problems.NoDrift(driftId)) : drift.State is DriftState.Repaired or DriftState.Accepted ? (null, Problems.DriftNotOpen(drift.State)) : (drift, null);
    }

    private static async Task<Results<Ok<DriftResponse>, ProblemHttpResult>> Close(
        Drift drift, DriftVerdict verdict, string action, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var held = (await Drift.Lock(transaction, drift.Id, cancellation))!;
        if (held.State is DriftState.Repaired or DriftState.Accepted)
        {
            // A run, or another person, was faster.
            return held.State == verdict.State ? TypedResults.Ok(ReadReconciliations.Show(held)) : Problems.DriftNotOpen(held.State);
        }

        await held.Save(transaction, verdict, caller.UserId, clock.GetUtcNow(), cancellation);
        await transaction.Record(caller, action, held.OrganizationId, held.Id, new { held.State, held.Kind, held.OurId, held.StripeId }, new { verdict.State }, cancellation);
        var saved = (await Drift.Lock(transaction, drift.Id, cancellation))!;
        await transaction.Commit(cancellation);
        return TypedResults.Ok(ReadReconciliations.Show(saved));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Drift {Drift} could not be looked at.")]
    private static partial void NotLookedAt(ILogger logger, string drift, Exception exception);
}
