using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>POST /v1/invoices/{id}/retry</c>: owners and administrators of the provider. Error becomes pending, and its work fires again .</summary>
public static class RetryInvoice
{
    /// <summary>200 with the invoice; 409 unless its level is error.</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
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

        invoice = invoice.Leveled(InvoiceLevel.Pending, null);
        await invoice.SaveLevel(transaction, cancellation);
        var fired = await transaction.Execute(
            """
            update stripe_jobs set status = 'waiting', attempts = 0, next_attempt_at = @Now, fresh_key = fresh_key or status = 'failed', error_code = null, error = null
            where subject_id = @id and status in ('blocked', 'failed')
            """, new { id, Now = clock.GetUtcNow() }, cancellation);
        if (fired == 0)
        {
            // Its job was removed from the queue.
            await transaction.QueryOne<string>("select id from customers where id = @CustomerId for update", invoice, cancellation);
            await queue.Enqueue(
                transaction, invoice.IntegrationId, invoice.OrganizationId, invoice.VoidRequested ? StripeJob.VoidInvoice : StripeJob.IssueInvoice, id, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
        return TypedResults.Ok(ReadInvoices.Show(invoice));
    }
}
