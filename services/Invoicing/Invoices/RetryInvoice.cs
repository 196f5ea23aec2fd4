using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>POST /v1/invoices/{id}/retry</c>: owners and administrators of the provider. Error becomes pending, and its work fires again.</summary>
public static class RetryInvoice
{
    /// <summary>200 with the invoice; 409 unless its level is error.</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, JobQueue queue, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, id, cancellation);
        if (ReadInvoices.RefuseChange(caller, invoice, id) is { } refusal)
        {
            return refusal;
        }

        if (invoice!.Level != InvoiceLevel.Error)
        {
            return Problems.InvoiceNotInError();
        }

        // What stands before it in its lane has to go first.
        await queue.Fire(transaction, invoice.IntegrationId, id, onlyAccountWide: false, cancellation);
        await Invoice.SetLevel(transaction, [id], InvoiceLevel.Pending, null, cancellation);
        // Unless it is there: an operator may have removed it from the queue.
        await queue.Enqueue(
            transaction, invoice.IntegrationId, invoice.OrganizationId, invoice.VoidRequested ? StripeJob.VoidInvoice : invoice.JobKind, id, cancellation);
        await ChargeInvoice.Follow(transaction, queue, invoice, cancellation);
        await transaction.Record(
            caller, "invoice.retried", invoice.ProviderOrganizationId, id, new { invoice.Level, invoice.Reasons }, new { Level = InvoiceLevel.Pending }, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return TypedResults.Ok(ReadInvoices.Show(invoice with { Level = InvoiceLevel.Pending, Reasons = "[]" }));
    }
}
