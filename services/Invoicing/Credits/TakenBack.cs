using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What is taken back of an invoice: by credit notes from the moment they are asked for, by refunds beside them and by disputes that were lost. Subscriptions is told of it, so
/// that no plan change gives back once more what went back already.</summary>
public static class TakenBack
{
    /// <summary>A locked invoice with what its rows come to now. They are Stripe's latest word, whatever the invoice itself says. A refund that failed keeps its credit note: the provider
    /// repays it otherwise.</summary>
    public static async Task<Invoice> Of(Transaction transaction, Invoice invoice, CancellationToken cancellation)
    {
        var sums = (await transaction.QueryOne<Sums>(
            """
            select (select coalesce(sum(amount), 0) from refunds where invoice_id = @Id and status in ('pending', 'succeeded'))::bigint as refunded,
                ((select coalesce(sum(before_payment + after_payment), 0) from credit_notes where invoice_id = @Id and status in ('pending', 'issued'))
                + (select coalesce(sum(amount), 0) from refunds where invoice_id = @Id and credit_note_id is null and status in ('pending', 'succeeded'))
                + (select coalesce(sum(amount), 0) from disputes where invoice_id = @Id and status = 'lost'))::bigint as taken_back
            """, invoice, cancellation))!;
        return invoice with { AmountRefunded = sums.Refunded, AmountTakenBack = sums.TakenBack };
    }

    /// <summary>Tells it, where it is not what was told last.</summary>
    /// <param name="invoiceId">Locked.</param>
    public static async Task Tell(Transaction transaction, string invoiceId, CancellationToken cancellation)
    {
        var invoice = (await Invoice.Lock(transaction, invoiceId, cancellation))!;
        var now = await Of(transaction, invoice, cancellation);
        if (now != invoice)
        {
            await now.Save(transaction, cancellation);
        }
    }

    private sealed record Sums(long Refunded, long TakenBack);
}
