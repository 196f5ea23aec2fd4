using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Mirrors what was taken back of an invoice, under the invoice's lock. Rows are only added and only move on (pending, then issued or succeeded, then void or
/// failed), so that the order in which Stripe's news are applied makes no difference.</summary>
public sealed class ApplyCredits(ApplyStripeInvoice mirror, JobQueue queue, Database database, TimeProvider clock)
{
    /// <summary>Applies a job's result and takes the job out of its queue, both or neither.</summary>
    public async Task Finish(StripeJob job, StripeKeys keys, string invoiceId, StripeCredits credits, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Apply(transaction, keys, invoiceId, credits, cancellation) is { } foreign)
        {
            throw new InvalidOperationException(foreign);
        }

        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>Applies it inside a write.</summary>
    /// <returns>Why it does not concern the invoice; null when it does.</returns>
    public async Task<string?> Apply(Transaction transaction, StripeKeys keys, string invoiceId, StripeCredits credits, CancellationToken cancellation)
    {
        await ChargeInvoice.HoldPayer(transaction, invoiceId, cancellation);
        if (await Invoice.Lock(transaction, invoiceId, cancellation) is not { } invoice || invoice.IntegrationId != keys.IntegrationId)
        {
            return $"{invoiceId} is issued by another billing integration.";
        }

        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var note in credits.Notes)
        {
            var ours = await KeepNote(transaction, keys, invoice, note, cancellation);
            foreach (var part in (note.Refunds ?? []).Where(r => r.RefundId is not null))
            {
                notes[part.RefundId] = ours;
                if (credits.Refunds is null)
                {
                    await KeepRefund(transaction, keys, invoice, new() { Id = part.RefundId, Amount = part.AmountRefunded, Status = "pending" }, ours, cancellation);
                }
            }
        }

        foreach (var refund in credits.Refunds ?? [])
        {
            await KeepRefund(transaction, keys, invoice, refund, notes.GetValueOrDefault(refund.Id) ?? await OfRepeated(transaction, invoice, refund, cancellation), cancellation);
        }

        return await mirror.Apply(transaction, keys.IntegrationId, invoiceId, ApplyStripeInvoice.Facts(credits.Invoice, credits.Problem), cancellation);
    }

    private async Task<string> KeepNote(Transaction transaction, StripeKeys keys, Invoice invoice, Stripe.CreditNote note, CancellationToken cancellation)
    {
        var known = await StripeObjects.OurId(transaction, keys, note.Id, cancellation) ?? await Ours(transaction, invoice, note, cancellation);
        var (before, after) = (note.PrePaymentAmount, note.PostPaymentAmount);
        if (known is null)
        {
            var found = CreditNote.Of(invoice, KindOf(note), 1, CreditNote.AtStripe, clock) with
            {
                BeforePayment = before, AfterPayment = after, Reason = note.Reason, Note = note.Memo, Status = note.Status, Number = note.Number, IssuedAt = StripeTimes.Utc(note.Created),
            };
            if (found.Amount > 0)
            {
                await found.Add(transaction, cancellation);
                await StripeObjects.Record(transaction, keys, "credit_note", found.Id, note.Id, clock.GetUtcNow(), cancellation);
            }

            return found.Id;
        }

        await StripeObjects.Record(transaction, keys, "credit_note", known, note.Id, clock.GetUtcNow(), cancellation);
        await transaction.Execute(
            """
            update credit_notes set status = case when status = 'void' then status else @Status end, number = @Number, failure = null,
                before_payment = @before, after_payment = @after, issued_at = @IssuedAt where id = @known
            """, new { known, note.Status, note.Number, before, after, IssuedAt = StripeTimes.Utc(note.Created) }, cancellation);
        return known;
    }

    // A note whose job has not come back yet is known by our id in its metadata, if that is one of this very invoice.
    private static async Task<string?> Ours(Transaction transaction, Invoice invoice, Stripe.CreditNote note, CancellationToken cancellation) =>
        note.Metadata?.GetValueOrDefault(StripeMetadata.Id) is { } id
            ? await transaction.QueryOne<string>(
                "select id from credit_notes where id = @id and invoice_id = @InvoiceId and not exists (select from stripe_objects where our_id = @id)", new { id, InvoiceId = invoice.Id }, cancellation)
            : null;

    // One that repeats another names it, and belongs to its credit note, of which Stripe knows the first only.
    private static async Task<string?> OfRepeated(Transaction transaction, Invoice invoice, Stripe.Refund refund, CancellationToken cancellation) =>
        refund.Metadata?.GetValueOrDefault(StripeMetadata.Id) is { } id
            ? await transaction.QueryOne<string>("select credit_note_id from refunds where id = @id and invoice_id = @InvoiceId", new { id, InvoiceId = invoice.Id }, cancellation)
            : null;

    private static string KindOf(Stripe.CreditNote note) => note.Type switch
    {
        "pre_payment" => CreditNote.Reduction,
        "mixed" => "mixed",
        _ => note.Refunds is { Count: > 0 } ? CreditNote.Refund : CreditNote.Balance,
    };

    private async Task KeepRefund(Transaction transaction, StripeKeys keys, Invoice invoice, Stripe.Refund refund, string? note, CancellationToken cancellation)
    {
        var status = RefundRow.StatusOf(refund.Status);
        var known = await StripeObjects.OurId(transaction, keys, refund.Id, cancellation) is { } id
            ? await transaction.QueryOne<RefundRow>($"select {RefundRow.Columns} from refunds where id = @id", new { id }, cancellation)
            : null;
        if (known is null)
        {
            known = new()
            {
                Id = Ids.New("rfn", clock), InvoiceId = invoice.Id, CreditNoteId = note, Amount = refund.Amount, Currency = invoice.Currency, Status = status,
                Failure = refund.FailureReason, CreatedAt = clock.GetUtcNow(), Version = 1,
            };
            await transaction.Execute(
                """
                insert into refunds (id, invoice_id, credit_note_id, amount, currency, status, failure, created_at, version)
                values (@Id, @InvoiceId, @CreditNoteId, @Amount, @Currency, @Status, @Failure, @CreatedAt, @Version)
                """, known, cancellation);
            await StripeObjects.Record(transaction, keys, "refund", known.Id, refund.Id, clock.GetUtcNow(), cancellation);
            await Tell(transaction, invoice, known, cancellation);
            return;
        }

        var next = known with { Status = RefundRow.Later(known.Status, status), CreditNoteId = known.CreditNoteId ?? note, Failure = refund.FailureReason ?? known.Failure };
        if (next != known)
        {
            next = next with { Version = known.Version + 1 };
            await transaction.Execute("update refunds set status = @Status, credit_note_id = @CreditNoteId, failure = @Failure, version = @Version where id = @Id", next, cancellation);
            await Tell(transaction, invoice, next, cancellation);
        }
    }

    private Task Tell(Transaction transaction, Invoice invoice, RefundRow refund, CancellationToken cancellation) => transaction.Announce(
        new RefundIssued(
            refund.Id, invoice.Id, invoice.SubscriptionId, invoice.OrganizationId, refund.Amount, refund.Currency, refund.Status == "cancelled" ? "failed" : refund.Status,
            clock.GetUtcNow(), refund.Version),
        cancellation);
}
