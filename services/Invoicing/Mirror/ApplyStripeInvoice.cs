using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Applies what Stripe says about one of our invoices, under the invoice's row lock.</summary>
public sealed class ApplyStripeInvoice(JobQueue queue, LatePayments late, Database database, TimeProvider clock)
{
    /// <summary>The facts of Stripe's invoice that concern us.</summary>
    /// <param name="problem">What was found when its payment was looked at; null where it was not.</param>
    public static StripeInvoiceFacts Facts(Stripe.Invoice invoice, PaymentProblemRead? problem = null) => invoice.Deleted == true || VoidStripeInvoice.IsDiscarded(invoice)
        ? new("deleted", invoice.Number, null, null, null, null)
        : new(
            invoice.Status, invoice.Number, invoice.HostedInvoiceUrl, invoice.InvoicePdf, StripeTimes.Utc(invoice.DueDate), StripeTimes.Utc(invoice.StatusTransitions?.PaidAt),
            new(invoice.AmountPaid - invoice.AmountOverpaid, invoice.AmountPaidOffStripe, invoice.AmountRemaining, invoice.PrePaymentCreditNotesAmount),
            invoice.Attempted ? problem : new(null), StripeInvoiceSums.Of(invoice));

    /// <summary>Applies a job's result and takes the job out of its queue, both or neither.</summary>
    /// <param name="also">What else belongs to the result.</param>
    public async Task Finish(
        StripeJob job, string invoiceId, StripeInvoiceFacts facts, CancellationToken cancellation, Func<Transaction, CancellationToken, Task>? also = null)
    {
        await using var transaction = await database.Begin(cancellation);
        if (facts is { Status: "open" or "paid", Sums.EndingBalance: { } balance })
        {
            // Stripe has just said what issuing the invoice left on the balance. The customer's row comes before the invoice's, as everywhere.
            var payer = await transaction.QueryOne<Payer>("select customer_id as id, currency from invoices where id = @invoiceId and customer_id is not null", new { invoiceId }, cancellation);
            await CustomerBalance.Keep(transaction, payer?.Id ?? "", balance, payer?.Currency, TimeProvider.System.GetUtcNow(), clock.GetUtcNow(), cancellation);
        }

        if (await Apply(transaction, job.IntegrationId, invoiceId, facts, cancellation) is { } foreign)
        {
            throw new InvalidOperationException(foreign);
        }

        await (also?.Invoke(transaction, cancellation) ?? Task.CompletedTask);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>Applies facts inside a write. What stands in a Stripe account's metadata is its owner's word only, so an invoice takes facts from the
    /// integration that it is issued in and from no other. A debit that the bank refuses is followed by a charge of the default payment method, where another one was tried
    /// and nobody has yet to decide about an invoice that was to be void.</summary>
    /// <param name="integrationId">Whose key or event the facts came by.</param>
    /// <returns>Why they do not concern the invoice, which is then left as it is; null when they do, whether or not they changed anything.</returns>
    /// <exception cref="InvalidOperationException">We have no such invoice.</exception>
    public async Task<string?> Apply(Transaction transaction, string integrationId, string invoiceId, StripeInvoiceFacts facts, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await ChargeInvoice.HoldPayer(transaction, invoiceId, cancellation);
        var invoice = await Invoice.Lock(transaction, invoiceId, cancellation)
            ?? throw new InvalidOperationException($"Stripe has our invoice {invoiceId}, which is not in our books.");
        if (invoice.IntegrationId != integrationId)
        {
            return $"{invoiceId} is issued by another billing integration.";
        }

        await transaction.Execute("update invoices set look_at = now() + @Interval where id = @Id", new { LookAtOpenInvoices.Interval, invoice.Id }, cancellation);
        if (facts is { Status: "open", DueAt: null } && invoice.DueAt is null)
        {
            // One that is charged automatically has no due date at Stripe; ours is as for any other.
            facts = facts with { DueAt = now.AddDays(invoice.PaymentTermDays) };
        }

        var next = await TakenBack.Of(transaction, invoice, cancellation);
        next = next.After(facts, now) ?? next;
        if (next != invoice)
        {
            await next.Save(transaction, cancellation);
        }

        if (invoice.IsWithBank && next.ReadProblem() is { Type: PaymentProblems.Failed } && !next.Shows(UnvoidedInvoice.Reason) && facts.Problem?.Tried is { } tried)
        {
            await ChargeInvoice.WithAnother(transaction, queue, invoice.Id, tried, cancellation);
        }

        await late.Check(transaction, next, cancellation);
        return null;
    }

    private sealed record Payer(string Id, string Currency);
}
