using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>POST /v1/invoices/{id}/retry</c>: owners and administrators of the provider. Error becomes pending, and its work fires again: its jobs, or an event for the provider's own
/// billing system.</summary>
public static class RetryInvoice
{
    /// <summary>200 with the invoice; 409 unless its level is error, where the integration is deleted, and where Stripe's is paid or void: what is wrong with it is a record then.</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, JobQueue queue, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await queue.HoldInvoices(transaction, id, cancellation);
        var invoice = await Invoice.Lock(transaction, id, cancellation);
        if (ReadInvoices.RefuseChange(caller, invoice, id) is { } refusal)
        {
            return refusal;
        }

        if (invoice!.Level != InvoiceLevel.Error)
        {
            return Problems.InvoiceNotInError();
        }

        if (invoice is { IsCustom: false, IsSettled: true })
        {
            return Problems.NothingToRetry(invoice.Status);
        }

        if (!await BillingIntegration.Remains(transaction, invoice.IntegrationId, cancellation))
        {
            return Problems.IntegrationDeleted(invoice.IntegrationId);
        }

        await (invoice.IsCustom ? invoice.Leveled(InvoiceLevel.Pending).Save(transaction, cancellation) : Fire(transaction, invoice, queue, cancellation));
        await transaction.Record(
            caller, "invoice.retried", invoice.ProviderOrganizationId, id, new { invoice.Level, invoice.Reasons }, new { Level = InvoiceLevel.Pending }, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return TypedResults.Ok(ReadInvoices.Show(invoice.Leveled(InvoiceLevel.Pending)));
    }

    private static async Task Fire(Transaction transaction, Invoice invoice, JobQueue queue, CancellationToken cancellation)
    {
        // What stands before it in its lane has to go first.
        await queue.Fire(transaction, invoice.IntegrationId, invoice.Id, codes: null, cancellation);
        await Invoice.SetLevel(transaction, [invoice.Id], InvoiceLevel.Pending, null, cancellation);
        // Unless it is there: an operator may have removed it from the queue.
        await queue.Enqueue(
            transaction, invoice.IntegrationId, invoice.OrganizationId, invoice.VoidRequested ? VoidStripeInvoice.JobKind : invoice.JobKind, invoice.Id, cancellation);
        await ChargeInvoice.Follow(transaction, queue, invoice, cancellation);
    }
}
