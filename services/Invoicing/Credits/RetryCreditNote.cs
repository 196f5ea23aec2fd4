using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>POST /v1/credit-notes/{id}/retry</c>: owners and administrators of the provider. What a credit note gave back and the payer's bank returned is given
/// back once more, under the same credit note: once for each failure, which is marked under the invoice's lock.</summary>
public static class RetryCreditNote
{
    /// <summary>202 with the credit note; 409 where none of its refunds failed, or each was asked for again already, or the integration is deleted.</summary>
    public static async Task<Results<Accepted<CreditNoteResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var note = await transaction.QueryOne<CreditNote>($"select {CreditNote.Columns} from credit_notes where id = @id", new { id }, cancellation);
        var invoice = note is null ? null : await Invoice.Lock(transaction, note.InvoiceId, cancellation);
        if (ReadInvoices.RefuseChange(caller, invoice, id) is { } refusal)
        {
            return refusal.StatusCode == 404 ? Problem.NotFound("credit note", id) : refusal;
        }

        var failed = await transaction.Query<string>(
            """
            update refunds set repeated_at = @Now, repeated_by = @UserId, repeat_failure = null
            where credit_note_id = @id and status in ('failed', 'cancelled') and repeated_at is null
                and exists (select from credit_notes where id = @id and status = 'issued') returning id
            """, new { id, Now = clock.GetUtcNow(), caller.UserId }, cancellation);
        if (failed.Count == 0)
        {
            return Problems.NothingToRepeat();
        }

        foreach (var refund in failed.Order(StringComparer.Ordinal))
        {
            if (!await queue.Enqueue(transaction, invoice!.IntegrationId, invoice.OrganizationId, RepeatRefund.JobKind, refund, cancellation))
            {
                return Problems.IntegrationDeleted(invoice.IntegrationId);
            }
        }

        await transaction.Record(caller, "credit_note.refund_repeated", invoice!.ProviderOrganizationId, id, null, new { invoice = invoice.Id, refunds = failed }, cancellation);
        var refunds = await transaction.Query<RefundRow>($"select {RefundRow.Columns} from refunds where credit_note_id = @id order by id", new { id }, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return TypedResults.Accepted($"/v1/credit-notes/{id}", CreditNoteResponse.Of(note!, refunds));
    }
}
