using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>POST /v1/invoices/{id}/void</c>: owners and administrators of the provider.</summary>
public static class VoidInvoice
{
    /// <summary>202 with the invoice, which is void once Stripe has done it, or at once where the provider's own system charges it; 409 for one that is paid, also in part, and where the integration is deleted. Again changes nothing.</summary>
    public static async Task<Results<Accepted<InvoiceResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, InvoiceVoiding voiding, JobQueue queue, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, id, cancellation);
        if (ReadInvoices.RefuseChange(caller, invoice, id) is { } refusal)
        {
            return refusal;
        }

        if (invoice!.Status == InvoiceStatus.Paid)
        {
            return Problems.InvoiceNotVoidable(invoice.Status);
        }

        if (invoice is { IsCustom: false, IsSettled: false, AmountPaid: > 0 })
        {
            return Problems.InvoicePartlyPaid(invoice.AmountPaid, invoice.Currency);
        }

        if (invoice.Status != InvoiceStatus.Void)
        {
            if (!invoice.IsCustom && !await BillingIntegration.Remains(transaction, invoice.IntegrationId, cancellation))
            {
                return Problems.IntegrationDeleted(invoice.IntegrationId);
            }

            var before = invoice.Status;
            invoice = await voiding.Request(transaction, invoice, cancellation);
            await transaction.Record(caller, "invoice.void_requested", invoice.ProviderOrganizationId, id, new { Status = before }, new { VoidRequested = true }, cancellation);
            await transaction.Commit(cancellation);
            queue.Wake();
        }

        return TypedResults.Accepted($"/v1/invoices/{id}", ReadInvoices.Show(invoice));
    }
}
