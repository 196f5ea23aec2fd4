using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Applies what Stripe says about one of our invoices, under the invoice's row lock.</summary>
public sealed class ApplyStripeInvoice(JobQueue queue, Database database, TimeProvider clock)
{
    /// <summary>The facts of Stripe's invoice that concern us.</summary>
    public static StripeInvoiceFacts Facts(Stripe.Invoice invoice) => new(
        invoice.Deleted == true ? "deleted" : invoice.Status, invoice.Number, invoice.HostedInvoiceUrl, invoice.InvoicePdf,
        Utc(invoice.DueDate), Utc(invoice.StatusTransitions?.PaidAt));

    /// <summary>Applies a job's result and takes the job out of its queue, both or neither.</summary>
    public async Task Finish(StripeJob job, string invoiceId, StripeInvoiceFacts facts, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await Apply(transaction, job.IntegrationId, invoiceId, facts, cancellation) is { } foreign)
        {
            throw new InvalidOperationException(foreign);
        }

        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>Applies facts inside a write. What stands in a Stripe account's metadata is its owner's word only, so an invoice takes facts from the
    /// integration that it is issued in and from no other.</summary>
    /// <param name="integrationId">Whose key or event the facts came by.</param>
    /// <returns>Why they do not concern the invoice, which is then left as it is; null when they do, whether or not they changed anything.</returns>
    /// <exception cref="InvalidOperationException">We have no such invoice.</exception>
    public async Task<string?> Apply(Transaction transaction, string integrationId, string invoiceId, StripeInvoiceFacts facts, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var invoice = await Invoice.Lock(transaction, invoiceId, cancellation)
            ?? throw new InvalidOperationException($"Stripe has our invoice {invoiceId}, which is not in our books.");
        if (invoice.IntegrationId != integrationId)
        {
            return $"{invoiceId} is issued by another billing integration.";
        }

        await transaction.Execute("update invoices set look_at = now() + @Interval where id = @Id", new { LookAtOpenInvoices.Interval, invoice.Id }, cancellation);
        if (invoice.After(facts, now) is { } next)
        {
            await next.Save(transaction, cancellation);
        }

        return null;
    }

    private static DateTimeOffset? Utc(DateTime? time) => time is { } given ? new DateTimeOffset(DateTime.SpecifyKind(given, DateTimeKind.Utc)) : null;
}
