using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Looks at one difference of an invoice again and, where a person asked for it, puts the job into the queue that makes it right.</summary>
public sealed class RepairInvoice(CompareInvoice compare, JobQueue queue, Database database)
{
    /// <summary>How an invoice differs that Stripe never got: nothing is on its way to issue it, and no error says why. Null when that is not so.</summary>
    public static Difference? NotIssued(BookedInvoice ours) => ours is { IsSettled: false, OnItsWay: false, StripeId: null } && ours.Level != InvoiceLevel.Error
        ? new(DriftKind.InvoiceNotIssued, ours.Status, "none", "A repair issues it.")
        : null;

    /// <summary>How the difference stands now.</summary>
    public async Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation)
    {
        if (drift.Kind == DriftKind.UnknownObject)
        {
            return await LookAtUnknown(drift, integration, cancellation);
        }

        var ours = await compare.Find(drift.OurId!, cancellation);
        if (ours is null)
        {
            return DriftVerdict.Repaired;
        }

        var stripeId = ours.StripeId ?? (drift.Kind is DriftKind.InvoiceMissingHere or DriftKind.InvoiceAmount ? drift.StripeId : null);
        var left = stripeId is null
            ? NotIssued(ours) ?? (ours.IsSettled || ours.Level == InvoiceLevel.Error ? null : new Difference(DriftKind.InvoiceNotIssued, ours.Status, "none"))
            : await compare.Settle(null, integration, drift.Step, ours.Id, stripeId, cancellation);
        return left is null ? DriftVerdict.Repaired
            : stripeId is null && ours.OnItsWay ? DriftVerdict.InQueue(ours.Moves)
            : left is { Kind: DriftKind.InvoiceNotIssued or DriftKind.InvoiceMissingAtStripe } && byHand && !ours.IsSettled ? await IssueAgain(ours, integration, cancellation)
            : DriftVerdict.Open(left.Kind == DriftKind.InvoiceStatus ? "Ours is final and Stripe's is not: settle it at Stripe, or accept it." : left.Detail);
    }

    // The pair is forgotten, so that the job makes another invoice instead of finding that the one it knows is gone.
    private async Task<DriftVerdict> IssueAgain(BookedInvoice ours, BillingIntegration integration, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, ours.Id, cancellation);
        if (invoice is { IsSettled: false })
        {
            await transaction.Execute("delete from stripe_objects where our_id = @Id and stripe_id = @StripeId", ours, cancellation);
            await queue.Enqueue(transaction, integration.Id, invoice.OrganizationId, invoice.VoidRequested ? VoidStripeInvoice.JobKind : invoice.JobKind, invoice.Id, cancellation);
            await transaction.Commit(cancellation);
            queue.Wake();
        }

        return DriftVerdict.Queued;
    }

    private async Task<DriftVerdict> LookAtUnknown(Drift drift, BillingIntegration integration, CancellationToken cancellation)
    {
        var theirs = await compare.Ask(integration, drift.StripeId!, cancellation);
        var booked = theirs.Deleted == true ? null : (await compare.Booked(integration, [theirs], cancellation)).GetValueOrDefault(theirs.Id);
        return theirs.Deleted == true || CompareInvoice.IsIdle(theirs) || InvoiceMirror.Foreign(integration, theirs) is not null || booked?.StripeId == theirs.Id
            ? DriftVerdict.Repaired
            : DriftVerdict.Open(null);
    }
}
