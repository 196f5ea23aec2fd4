using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>An invoice that was to be void and that Stripe does not void. One that was paid in part for a subscription that never began is credited over what is left, which makes it paid, unless that includes what it took over from the customer's balance,
/// so that the part goes back like any late payment. Any other says why it is not void, and waits for somebody's decision; until then it is open and owed, where it is owed at all: whoever retries it or chooses
/// another default payment method has it charged, and nothing charges it by itself.</summary>
public sealed class UnvoidedInvoice(JobQueue queue, TimeProvider clock)
{
    /// <summary>The reason that the invoice shows.</summary>
    public const string Reason = "not_voided";

    /// <summary>Does so in the write that finishes the job.</summary>
    /// <param name="left">As it stands at Stripe, applied already.</param>
    /// <param name="refusal">Stripe's words.</param>
    public async Task Leave(Transaction transaction, string invoiceId, Stripe.Invoice left, StripeFailure refusal, CancellationToken cancellation)
    {
        var invoice = (await Invoice.Lock(transaction, invoiceId, cancellation))!;
        if (invoice.IsSettled)
        {
            return;
        }

        var due = await Creditable.Due(transaction, invoice, cancellation);
        var note = CreditNote.Of(invoice, CreditNote.Reduction, due, CreditNote.InsteadOfVoid, clock);
        var credits = due > 0 && left.AmountPaid > 0 && invoice.Reducible == invoice.AmountRemaining && await NeverBegan(transaction, invoice, cancellation)
            && await queue.Enqueue(transaction, invoice.IntegrationId, invoice.OrganizationId, IssueCreditNote.JobKind, note.Id, cancellation)
            && await note.Add(transaction, cancellation);
        await TakenBack.Tell(transaction, invoice.Id, cancellation);
        var isOwed = await transaction.Execute($"update invoices set void_requested = false where id = @Id and {Owed}", invoice, cancellation) > 0;
        var detail = credits ? "It was paid in part, which Stripe does not void: what is left of it is credited, and what was paid goes back."
            : (left.AmountPaid > 0 ? $"{Currencies.Print(left.AmountPaid, invoice.Currency)} of it are paid, which Stripe does not void. {Problems.PartlyPaidAdvice}" : $"Stripe does not void it: {refusal.Detail}")
            + (isOwed ? " It is owed as before: a retry charges what is left." : "");
        await Invoice.SetLevel(transaction, [invoice.Id], credits ? InvoiceLevel.Pending : InvoiceLevel.Error, new(Reason, detail, clock.GetUtcNow()), cancellation);
    }

    // Not the first invoice of what ended before that was paid, nor what nobody is left to pay: nothing charges those by itself.
    private const string Owed =
        """
        not (kind = 'initial' and exists (select from subscriptions s where s.id = subscription_id and s.cancelled_at is not null))
        and not exists (select from customers c where c.id = customer_id and c.deleted_at is not null)
        """;

    // A deleted customer has no balance that anything could go back to, and nobody who reads a credit note.
    private static Task<bool> NeverBegan(Transaction transaction, Invoice invoice, CancellationToken cancellation) => transaction.QueryOne<bool>(
        """
        select @Kind = 'initial' and exists (select from subscriptions where id = @SubscriptionId and cancel_reason = any(@NeverBegan))
            and not exists (select from customers where id = @CustomerId and deleted_at is not null)
        """, new { invoice.Kind, invoice.SubscriptionId, invoice.CustomerId, LatePayments.NeverBegan }, cancellation);
}
