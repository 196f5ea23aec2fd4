using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: issue a credit note at Stripe, which gives money back where the invoice was paid. What Stripe refuses ends the credit note, not the lane: its amount
/// is free again, and whoever asked sees why.</summary>
public sealed class IssueCreditNote(StripeConnections stripe, ApplyCredits mirror, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "issue_credit_note";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var note = (await database.QueryOne<CreditNote>($"select {CreditNote.Columns} from credit_notes where id = @SubjectId", job, cancellation))!;
        var client = stripe.Open(keys);
        try
        {
            var invoice = await StripeObjects.Find(database, keys, note.InvoiceId, cancellation)
                ?? throw new JobFailedException(new(StripeFailureKind.Refused, "invoice_not_issued", "The invoice was never issued at Stripe."));
            if (await LookUp(client, job, keys, note, invoice, cancellation) is null)
            {
                await Create(client, job, keys, note, invoice, cancellation);
            }

            await mirror.Finish(job, keys, note.InvoiceId, await StripeCredits.Fetch(client, invoice, cancellation), cancellation);
        }
        catch (Exception exception) when (StripeRefusal.OfObject(exception, cancellation) is { } refusal)
        {
            await Fail(job, note, refusal, cancellation);
        }
    }

    // One that an earlier claim may have made is found by our id, under whichever key it was made.
    private async Task<string?> LookUp(StripeClient client, StripeJob job, StripeKeys keys, CreditNote note, string invoice, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, note.Id, cancellation) is { } known)
        {
            return known;
        }

        if (job.MayHaveRun)
        {
            await foreach (var found in client.V1.CreditNotes.ListAutoPagingAsync(new CreditNoteListOptions { Invoice = invoice, Limit = 100 }, cancellationToken: cancellation))
            {
                if (found.Metadata?.GetValueOrDefault(StripeMetadata.Id) == note.Id)
                {
                    return found.Id;
                }
            }
        }

        return null;
    }

    private static Task<Stripe.CreditNote> Create(StripeClient client, StripeJob job, StripeKeys keys, CreditNote note, string invoice, CancellationToken cancellation) =>
        client.V1.CreditNotes.CreateAsync(
            new CreditNoteCreateOptions
            {
                Invoice = invoice,
                Amount = note.Amount,
                RefundAmount = note.Kind == CreditNote.Refund ? note.Amount : null,
                CreditAmount = note.Kind == CreditNote.Balance ? note.Amount : null,
                Reason = note.Reason,
                Memo = note.Note,
                Metadata = StripeMetadata.Of(keys.IntegrationId, keys.OrganizationId, note.Id),
            },
            new RequestOptions { IdempotencyKey = job.Key("credit-note") }, cancellation);

    private async Task Fail(StripeJob job, CreditNote note, StripeFailure failure, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await Invoice.Lock(transaction, note.InvoiceId, cancellation);
        await transaction.Execute(
            "update credit_notes set status = 'failed', failure = @Failure where id = @Id and status = 'pending'", new { note.Id, Failure = $"{failure.Code}: {failure.Detail}" }, cancellation);
        await TakenBack.Tell(transaction, note.InvoiceId, cancellation);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }
}
