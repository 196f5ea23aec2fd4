using System.Diagnostics.Metrics;
using Marketplace.Storage;
using Npgsql;

namespace Marketplace.Invoicing;

/// <summary>Carries runs on, a page at a time: claim, compare outside any transaction, write the cursor under the claim. Runs of several integrations take turns.</summary>
public sealed partial class ReconciliationWorker(
    IEnumerable<IReconciliationStep> steps, JobQueue queue, Database database, TimeProvider clock, ILogger<ReconciliationWorker> logger)
{
    /// <summary>The name of its timer.</summary>
    public const string Timer = "reconcile";

    private const int MostAttempts = 8;

    // Looking at what is open and was not come across again is the last thing a run does.
    private const string Recheck = "open_drifts";
    private const int RecheckSize = 20;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private static readonly Meter Metrics = new("Marketplace.Invoicing");
    private static readonly Counter<long> Runs = Metrics.CreateCounter<long>("marketplace.invoicing.reconciliations", "{run}", "Reconciliation runs that ended, by state");

    /// <summary>One page of one run; 0 when none is due.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        if (await ReconciliationRun.Claim(database, cancellation) is not { } run)
        {
            return 0;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var kept = run.KeepClaim(database, limit.Token);
        try
        {
            await Go(run, cancellation);
        }
        catch (LeaseLostException)
        {
            Lost(logger, run.Id);
        }
        finally
        {
            await limit.CancelAsync();
            await kept;
        }

        return 1;
    }

    private async Task Go(ReconciliationRun run, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, run.IntegrationId, cancellation);
        var step = await database.QueryOne<Step>(
            "select position, name, cursor from reconciliation_steps where run_id = @Id and state in ('waiting', 'running') order by position limit 1", run, cancellation);
        if (integration is null)
        {
            await End(run, "failed", new(StripeFailureKind.Refused, "billing_integration_gone", "The billing integration was deleted."), cancellation);
            return;
        }

        try
        {
            if (step is null)
            {
                await LookAgain(run, integration, cancellation);
            }
            else if (steps.FirstOrDefault(known => known.Name == step.Name) is { } known)
            {
                var page = await known.Compare(run, integration, step.Cursor, cancellation);
                await Progress(run, step, page.Cursor is null ? "finished" : "running", page.Cursor, page.Examined, null, cancellation);
            }
            else
            {
                await Progress(run, step, "skipped", null, 0, "This build does not know the step.", cancellation);
            }
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            NotAsked(logger, run.Id, step?.Name ?? Recheck, failure.Code);
            await Fail(run, integration, step, failure, cancellation);
        }
        catch (Exception exception) when (exception is not (LeaseLostException or OperationCanceledException or NpgsqlException { IsTransient: true }))
        {
            Broken(logger, run.Id, step?.Name ?? Recheck, exception);
            await Fail(run, integration, step, new(StripeFailureKind.Transient, "internal_error", $"A defect in the marketplace: {exception.GetType().Name}."), cancellation);
        }
    }

    private async Task LookAgain(ReconciliationRun run, BillingIntegration integration, CancellationToken cancellation)
    {
        var open = await database.Query<Drift>(
            $"""
            select {Drift.Columns} from reconciliation_drifts where integration_id = @IntegrationId and last_run_id < @Id and state in ('open', 'accepted')
            order by id limit @RecheckSize
            """, new { run.IntegrationId, run.Id, RecheckSize }, cancellation);
        foreach (var drift in open)
        {
            var verdict = await LookAgain(run, drift, integration, cancellation);
            await using var transaction = await database.Begin(cancellation);
            if (await Drift.Lock(transaction, drift.Id, cancellation) is { State: DriftState.Open or DriftState.Accepted } held)
            {
                await transaction.Execute("update reconciliation_drifts set last_run_id = @Run where id = @Id", new { Run = run.Id, held.Id }, cancellation);
                if (verdict.State == DriftState.Repaired)
                {
                    await held.Save(transaction, verdict, null, clock.GetUtcNow(), cancellation);
                }

                await transaction.Commit(cancellation);
            }
        }

        if (open.Count == RecheckSize)
        {
            await using var transaction = await database.Begin(cancellation);
            await run.Leave(transaction, "running", 0, null, null, clock.GetUtcNow(), cancellation);
            await transaction.Commit(cancellation);
            return;
        }

        var failed = await database.QueryOne<string>(
            "select string_agg(name || ': ' || note, ' ' order by position) from reconciliation_steps where run_id = @Id and state = 'failed'", run, cancellation);
        await (failed is null ? End(run, "finished", null, cancellation) : End(run, "failed", new(StripeFailureKind.Refused, "step_failed", failed), cancellation));
    }

    // What Stripe refuses of one object, as where the key lacks a permission, stops neither the run nor the queue: the difference stays as it is.
    private async Task<DriftVerdict> LookAgain(ReconciliationRun run, Drift drift, BillingIntegration integration, CancellationToken cancellation)
    {
        try
        {
            return steps.FirstOrDefault(known => known.Name == drift.Step) is { } step ? await step.Look(drift, integration, byHand: false, cancellation) : DriftVerdict.Open(null);
        }
        catch (Exception exception) when (StripeRefusal.OfObject(exception, cancellation) is { } refusal)
        {
            NotAsked(logger, run.Id, $"{Recheck}: {drift.Id}", refusal.Code);
            return DriftVerdict.Open(null);
        }
    }

    private async Task Progress(ReconciliationRun run, Step step, string state, string? cursor, int examined, string? note, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await run.Leave(transaction, "running", 0, null, null, clock.GetUtcNow(), cancellation);
        await transaction.Execute(
            """
            update reconciliation_steps set state = @state, cursor = @cursor, examined = examined + @examined, note = coalesce(@note, note)
            where run_id = @Run and position = @Position
            """, new { state, cursor, examined, note, Run = run.Id, step.Position }, cancellation);
        await transaction.Commit(cancellation);
    }

    private async Task Fail(ReconciliationRun run, BillingIntegration integration, Step? step, StripeFailure failure, CancellationToken cancellation)
    {
        if (failure.Code == "permission_missing" && step is not null)
        {
            // What the key may not read is not compared; the rest is.
            await Progress(run, step, "skipped", null, 0, $"{failure.Code}: {failure.Detail}", cancellation);
            return;
        }

        if (failure is { Kind: StripeFailureKind.Refused, Code: "resource_missing" } && step?.Cursor is not null && run.Attempts < MostAttempts)
        {
            // The object that the last page ended with was deleted: the step begins again.
            await using var transaction = await database.Begin(cancellation);
            await run.Leave(transaction, "running", run.Attempts + 1, null, null, clock.GetUtcNow(), cancellation);
            await transaction.Execute("update reconciliation_steps set cursor = null where run_id = @Id and position = @Position", new { run.Id, step.Position }, cancellation);
            await transaction.Commit(cancellation);
            return;
        }

        if (failure.Kind == StripeFailureKind.AccountWide)
        {
            await queue.Pause(integration.Keys, failure, cancellation);
        }

        if (failure.Kind != StripeFailureKind.Transient || run.Attempts + 1 >= MostAttempts)
        {
            // Without a key nothing can be compared; else the rest is, and the run is failed at its end.
            await (step is null || failure.Kind == StripeFailureKind.AccountWide
                ? End(run, "failed", failure, cancellation) : Progress(run, step, "failed", null, 0, $"{failure.Code}: {failure.Detail}", cancellation));
            return;
        }

        var wait = TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, FirstWait.Ticks << run.Attempts));
        await using var put = await database.Begin(cancellation);
        await run.Leave(put, "running", run.Attempts + 1, failure.RetryAfter > wait ? failure.RetryAfter : wait, failure, clock.GetUtcNow(), cancellation);
        await put.Commit(cancellation);
    }

    private async Task End(ReconciliationRun run, string state, StripeFailure? failure, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await run.Leave(transaction, state, run.Attempts, null, failure, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
        Runs.Add(1, new KeyValuePair<string, object?>("state", state));
    }

    private sealed record Step(int Position, string Name, string? Cursor);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reconciliation {Run} could not go on with {Step}: {Code}")]
    private static partial void NotAsked(ILogger logger, string run, string step, string code);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reconciliation {Run} met a defect of ours in {Step}")]
    private static partial void Broken(ILogger logger, string run, string step, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The claim on reconciliation {Run} was lost; it is left to the process that holds it now.")]
    private static partial void Lost(ILogger logger, string run);
}
