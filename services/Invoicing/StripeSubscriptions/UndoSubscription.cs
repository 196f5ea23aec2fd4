using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: undo a subscription at Stripe that must not be, such as that of a second checkout. It is cancelled, and what was paid for it is given back whole.
/// The subject is Stripe's own id: none of ours stands for it.</summary>
public sealed class UndoSubscription(StripeConnections stripe, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "undo_subscription";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var client = stripe.Open(keys);
        var subscription = await client.V1.Subscriptions.GetAsync(job.SubjectId, cancellationToken: cancellation);
        if (!StripeSubscription.IsOver(subscription.Status))
        {
            await client.V1.Subscriptions.CancelAsync(job.SubjectId, new SubscriptionCancelOptions { InvoiceNow = false, Prorate = false }, cancellationToken: cancellation);
        }

        await foreach (var invoice in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Subscription = job.SubjectId, Limit = 100 }, cancellationToken: cancellation))
        {
            if (invoice.Status == "open")
            {
                await client.V1.Invoices.VoidInvoiceAsync(invoice.Id, requestOptions: new RequestOptions { IdempotencyKey = job.Key($"void-{invoice.Id}") }, cancellationToken: cancellation);
            }
            else if (invoice.Status == "paid")
            {
                await GiveBack(client, job, invoice, "duplicate", cancellation);
            }
        }

        await using var transaction = await database.Begin(cancellation);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>Gives back what was paid of an invoice, each part to where it came from; what was given back before is not given back again.</summary>
    internal static async Task GiveBack(StripeClient client, StripeJob job, Stripe.Invoice invoice, string reason, CancellationToken cancellation)
    {
        await CustomerBalance.Undo(client, job, invoice, cancellation);
        await foreach (var payment in client.V1.InvoicePayments.ListAutoPagingAsync(new InvoicePaymentListOptions { Invoice = invoice.Id, Limit = 100 }, cancellationToken: cancellation))
        {
            if (payment is not { Status: "paid", Payment.PaymentIntentId: { } intent })
            {
                continue;
            }

            var refunded = await client.V1.Refunds.ListAsync(new RefundListOptions { PaymentIntent = intent }, cancellationToken: cancellation);
            if (refunded.Data.TrueForAll(refund => refund.Status is "failed" or "canceled"))
            {
                await client.V1.Refunds.CreateAsync(
                    new RefundCreateOptions { PaymentIntent = intent, Reason = reason }, new RequestOptions { IdempotencyKey = job.Key($"refund-{intent}") }, cancellation);
            }
        }
    }
}
