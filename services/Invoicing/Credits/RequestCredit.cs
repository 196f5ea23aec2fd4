using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>What is to be taken back.</summary>
/// <param name="Amount">Minor units; all that is left when absent.</param>
/// <param name="Reason">Stripe's word.</param>
/// <param name="Note">Printed on the credit note.</param>
public sealed record CreditRequest(
    [property: Range(1, 99_999_999_999)] long? Amount = null,
    [property: AllowedValues(null, "duplicate", "fraudulent", "order_change", "product_unsatisfactory")] string? Reason = null,
    [property: PlainText(500, MayBeBlank = true)] string? Note = null);

/// <summary><c>POST /v1/invoices/{id}/refund</c> and <c>/credit</c>: owners and administrators of the provider. The amount is reserved in our rows under the invoice's
/// lock before a job asks Stripe, so that parallel requests never give back more than was paid.</summary>
public static class RequestCredit
{
    /// <summary>202 with the credit note that gives paid money back; 409 where there is nothing, or not as much, to give back, or the integration is deleted; 422 for an amount
    /// that its currency cannot be given back in.</summary>
    public static Task<Results<Accepted<CreditNoteResponse>, ProblemHttpResult>> Refund(
        string id, CreditRequest? request, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Take(id, CreditNote.Refund, request ?? new(), caller, queue, database, clock, cancellation);

    /// <summary>202 with the credit note that lowers what is due of an open invoice, to nothing at most, which pays it, or to what it took over from the customer's balance.</summary>
    public static Task<Results<Accepted<CreditNoteResponse>, ProblemHttpResult>> Credit(
        string id, CreditRequest? request, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Take(id, CreditNote.Reduction, request ?? new(), caller, queue, database, clock, cancellation);

    private static async Task<Results<Accepted<CreditNoteResponse>, ProblemHttpResult>> Take(
        string id, string kind, CreditRequest request, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, id, cancellation);
        if (ReadInvoices.RefuseChange(caller, invoice, id) is { } refusal)
        {
            return refusal;
        }

        if (invoice!.IsCustom)
        {
            return Problems.NotBilledByStripe();
        }

        var left = kind == CreditNote.Refund ? await Creditable.Paid(transaction, invoice, cancellation) : await Creditable.Due(transaction, invoice, cancellation);
        if (RefuseAmount(invoice, kind, request.Amount, left) is { } impossible)
        {
            return impossible;
        }

        var note = CreditNote.Of(invoice, kind, request.Amount ?? left, CreditNote.ByProvider, clock) with { Reason = request.Reason, Note = request.Note, RequestedBy = caller.UserId };
        await note.Add(transaction, cancellation);
        await TakenBack.Tell(transaction, id, cancellation);
        if (!await queue.Enqueue(transaction, invoice.IntegrationId, invoice.OrganizationId, IssueCreditNote.JobKind, note.Id, cancellation))
        {
            return Problems.IntegrationDeleted(invoice.IntegrationId);
        }

        await transaction.Record(
            caller, kind == CreditNote.Refund ? "invoice.refund_requested" : "invoice.credit_requested", invoice.ProviderOrganizationId, id,
            null, new { CreditNote = note.Id, note.Amount, note.Currency, note.Reason }, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return TypedResults.Accepted($"/v1/credit-notes/{note.Id}", CreditNoteResponse.Of(note, []));
    }

    private static ProblemHttpResult? RefuseAmount(Invoice invoice, string kind, long? amount, long left) => (kind, invoice.Status) switch
    {
        (CreditNote.Refund, not InvoiceStatus.Paid) => Problems.InvoiceNotRefundable(invoice.Status),
        (CreditNote.Reduction, not (InvoiceStatus.Open or InvoiceStatus.PastDue or InvoiceStatus.Incomplete)) => Problems.InvoiceNotCreditable(invoice.Status),
        _ when left == 0 => Problems.NothingLeftToCredit(kind == CreditNote.Refund && invoice.PaidElsewhere > 0),
        _ when amount % Currencies.TotalStep(invoice.Currency) is > 0 => Problems.AmountNotChargeable(invoice.Currency, Currencies.TotalStep(invoice.Currency)),
        _ when amount > left => Problems.CreditExceedsRest(left, invoice.Currency),
        _ => null,
    };
}
