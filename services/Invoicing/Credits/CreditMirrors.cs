using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Which of our invoices a payment at Stripe pays. Refunds and disputes name no customer and no invoice: only the payment.</summary>
public sealed class PaidInvoice(StripeConnections stripe, Database database)
{
    /// <summary>Our invoice and Stripe's that a payment intent pays, or null when it pays none of ours.</summary>
    public async Task<(string OurId, string StripeId)?> Of(StripeKeys keys, string? paymentIntent, CancellationToken cancellation)
    {
        if (paymentIntent is null)
        {
            return null;
        }

        var options = new InvoicePaymentListOptions { Payment = new() { Type = "payment_intent", PaymentIntent = paymentIntent }, Limit = 100 };
        await foreach (var payment in stripe.Open(keys).V1.InvoicePayments.ListAutoPagingAsync(options, cancellationToken: cancellation))
        {
            if (await StripeObjects.OurId(database, keys, payment.InvoiceId, cancellation) is { } ours)
            {
                return (ours, payment.InvoiceId);
            }
        }

        return null;
    }
}

/// <summary>Mirrors Stripe's credit notes, also those of its dashboard.</summary>
public sealed class CreditNoteMirror(StripeConnections stripe, ApplyCredits mirror, Database database) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "credit_note";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        var client = stripe.Open(integration.Keys);
        try
        {
            var note = await client.V1.CreditNotes.GetAsync(heard.ObjectId, cancellationToken: cancellation);
            if (await StripeObjects.OurId(database, integration.Keys, note.InvoiceId, cancellation) is not { } ours)
            {
                return Ignored.Because("The credit note is of no invoice of ours.");
            }

            var credits = await StripeCredits.Fetch(client, note.InvoiceId, cancellation);
            return (transaction, stop) => mirror.Apply(transaction, integration.Keys, ours, credits, stop);
        }
        catch (StripeException exception) when (Ignored.Reason(exception, "credit note", "Credit Notes: Read") is { } reason)
        {
            return Ignored.Because(reason);
        }
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>Mirrors Stripe's refunds, also those of its dashboard and those that fail days later.</summary>
public sealed class RefundMirror(StripeConnections stripe, PaidInvoice paid, ApplyCredits mirror) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "refund";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        var client = stripe.Open(integration.Keys);
        try
        {
            var refund = await client.V1.Refunds.GetAsync(heard.ObjectId, cancellationToken: cancellation);
            if (await paid.Of(integration.Keys, refund.PaymentIntentId, cancellation) is not { } invoice)
            {
                return Ignored.Because("The refund is of no payment of an invoice of ours.");
            }

            var credits = await StripeCredits.Fetch(client, invoice.StripeId, cancellation);
            return (transaction, stop) => mirror.Apply(transaction, integration.Keys, invoice.OurId, credits, stop);
        }
        catch (StripeException exception) when (Ignored.Reason(exception, "refund", "Charges and Refunds: Read, and Credit Notes: Read") is { } reason)
        {
            return Ignored.Because(reason);
        }
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;
}
