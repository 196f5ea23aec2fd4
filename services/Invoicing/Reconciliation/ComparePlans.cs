using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Step of the billing model in which Stripe renews: the plans as they are there against what we made. What was changed and no event told of is put right by the same job.</summary>
public sealed class ComparePlans(CheckPlan check, DriftLog log, JobQueue queue, Database database) : IReconciliationStep
{
    private const int PageSize = 20;

    /// <inheritdoc/>
    public string Name => "plans";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => integration.BillingModel == StripeSubscription.BillingModel;

    /// <inheritdoc/>
    public async Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var page = await database.Query<PlanMirror>(
            $"select {PlanMirror.Columns} from plan_mirrors where integration_id = @Id and id > @cursor order by id limit @PageSize",
            new { integration.Id, cursor = cursor ?? "", PageSize }, cancellation);
        foreach (var mirror in page)
        {
            if (await Look(run, integration, mirror, cancellation) is { } left)
            {
                await using var transaction = await database.Begin(cancellation);
                await log.Note(transaction, run, integration, Name, CheckPlan.ObjectType, mirror.Id, null, left, DriftState.Open, cancellation);
                await transaction.Commit(cancellation);
            }
        }

        return new(page.Count == PageSize ? page[^1].Id : null, page.Count);
    }

    /// <inheritdoc/>
    public async Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation)
    {
        var mirror = await PlanMirror.Find(database, drift.OurId!, cancellation);
        return mirror is null || await Look(null, integration, mirror, cancellation) is null ? DriftVerdict.Repaired
            // The look has put the job into the queue, unless it stands there.
            : DriftVerdict.InQueue(moves: !await queue.StandsStill(MirrorPlan.JobKind, mirror.Id, cancellation));
    }

    private async Task<Difference?> Look(ReconciliationRun? run, BillingIntegration integration, PlanMirror mirror, CancellationToken cancellation)
    {
        if (mirror.Status == "waiting")
        {
            // Nothing of it is at Stripe yet. Where its job was dropped, nothing else would begin it.
            await check.Ensure(integration, mirror.Id, cancellation);
            return null;
        }

        var what = await check.Ask(run is null ? integration.Keys : integration.Keys with { InBackground = true }, mirror, cancellation);
        if (what.Count == 0 && mirror.Status == "ready")
        {
            return null;
        }

        try
        {
            await using var transaction = await database.Begin(cancellation);
            await check.Apply(transaction, integration, mirror.Id, what, cancellation);
            await transaction.Commit(cancellation);
        }
        catch (TimeoutException changed)
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, "plan_changed", changed.Message));
        }

        queue.Wake();
        return what.Count == 0 ? null : new(DriftKind.PlanChanged, "as made", string.Join(", ", what), $"Plan {mirror.PlanId}, {mirror.Title}: a job puts it back.");
    }
}
