using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Step: from our invoices to Stripe's. Those that are not settled, however old, and those of the run's time that Stripe did not list: each is asked for by itself.</summary>
public sealed class CompareOurInvoices(CompareInvoice compare, RepairInvoice repair, DriftLog log, Database database) : IReconciliationStep
{
    private const int PageSize = 50;
    private const int AtOnce = 4;

    /// <inheritdoc/>
    public string Name => "our_invoices";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => true;

    /// <inheritdoc/>
    public async Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var page = await database.Query<BookedInvoice>(
            $"""
            {BookedInvoice.Select}
            where v.integration_id = @Id and v.id > @cursor and (v.status in ('draft', 'open', 'past_due', 'incomplete') or (v.status = 'paid' and v.created_at >= @Since))
                and (v.total <> 0 or o.stripe_id is not null) and o.seen_in_run is distinct from @Run
            order by v.id limit @PageSize
            """, new { integration.Id, cursor = cursor ?? "", run.Since, Run = run.Id, PageSize }, cancellation);
        await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (ours, stop) => await Compare(run, integration, ours, stop));
        return new(page.Count == PageSize ? page[^1].Id : null, page.Count);
    }

    /// <inheritdoc/>
    public Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation) => repair.Look(drift, integration, byHand, cancellation);

    private async Task Compare(ReconciliationRun run, BillingIntegration integration, BookedInvoice ours, CancellationToken cancellation)
    {
        var left = ours.StripeId is { } known ? await compare.Settle(run, integration, Name, ours.Id, known, cancellation) : RepairInvoice.NotIssued(ours);
        if (left is not null)
        {
            await using var transaction = await database.Begin(cancellation);
            await log.Note(transaction, run, integration, Name, "invoice", ours.Id, ours.StripeId, left, DriftState.Open, cancellation);
            await transaction.Commit(cancellation);
        }
    }
}
