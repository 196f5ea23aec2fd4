using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Step: from Stripe's invoices to ours. What Stripe made since the run's beginning is listed page by page.</summary>
public sealed class CompareStripeInvoices(StripeConnections stripe, CompareInvoice compare, RepairInvoice repair, DriftLog log, Database database) : IReconciliationStep
{
    private const int PageSize = 100;

    /// <inheritdoc/>
    public string Name => "stripe_invoices";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => true;

    /// <inheritdoc/>
    public async Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var page = await stripe.Open(integration.Keys with { InBackground = true }).V1.Invoices.ListAsync(
            new InvoiceListOptions { Created = new DateRangeOptions { GreaterThanOrEqual = run.Since.UtcDateTime }, Limit = PageSize, StartingAfter = cursor }, cancellationToken: cancellation);
        var booked = await compare.Booked(integration, page.Data, cancellation);
        foreach (var theirs in page.Data)
        {
            if (booked.GetValueOrDefault(theirs.Id) is { } ours)
            {
                await Compare(run, integration, ours, theirs, cancellation);
            }
            else if (InvoiceMirror.Foreign(integration, theirs) is null)
            {
                await Unknown(run, integration, theirs, "It names an invoice that this billing integration has not issued.", cancellation);
            }
        }

        await database.Execute(
            "update stripe_objects set seen_in_run = @Run where account_id = @AccountId and livemode = @Livemode and stripe_id = any(@seen)",
            new { Run = run.Id, integration.AccountId, integration.Livemode, seen = page.Data.Select(invoice => invoice.Id).ToArray() }, cancellation);
        return new(page.HasMore ? page.Data[^1].Id : null, page.Data.Count);
    }

    /// <inheritdoc/>
    public Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation) => repair.Look(drift, integration, byHand, cancellation);

    private async Task Compare(ReconciliationRun run, BillingIntegration integration, BookedInvoice ours, Stripe.Invoice theirs, CancellationToken cancellation)
    {
        if (ours.StripeId is not null && ours.StripeId != theirs.Id)
        {
            await Unknown(run, integration, theirs, $"{ours.Id} is {ours.StripeId} at Stripe; this one only carries its metadata. If it is payable, void it at Stripe.", cancellation);
            return;
        }

        // A pair that is not on record while the job is at work is written by the job itself.
        if (ours.DifferenceTo(theirs) is null || (ours.StripeId is null && ours.OnItsWay))
        {
            return;
        }

        if (await compare.Settle(run, integration, Name, ours.Id, theirs.Id, cancellation) is { } left)
        {
            await Note(run, integration, ours.Id, theirs.Id, left, cancellation);
        }
    }

    private Task Unknown(ReconciliationRun run, BillingIntegration integration, Stripe.Invoice theirs, string detail, CancellationToken cancellation) => CompareInvoice.IsIdle(theirs)
        ? Task.CompletedTask
        : Note(run, integration, null, theirs.Id, new(DriftKind.UnknownObject, "none", $"{theirs.Status}, {theirs.Total} {theirs.Currency}", detail), cancellation);

    private async Task Note(ReconciliationRun run, BillingIntegration integration, string? ourId, string stripeId, Difference difference, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await log.Note(transaction, run, integration, Name, "invoice", ourId, stripeId, difference, DriftState.Open, cancellation);
        await transaction.Commit(cancellation);
    }
}
