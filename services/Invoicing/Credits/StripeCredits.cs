using System.Net;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Everything at Stripe that takes something back of one invoice.</summary>
/// <param name="Refunds">Refunds of its payments; null where the key may not read them, which then count as its credit notes say.</param>
public sealed record StripeCredits(Stripe.Invoice Invoice, PaymentProblemRead Problem, IReadOnlyList<Stripe.CreditNote> Notes, IReadOnlyList<Stripe.Refund>? Refunds)
{
    /// <summary>Fetches it, outside any transaction.</summary>
    public static async Task<StripeCredits> Fetch(StripeClient client, string stripeInvoice, CancellationToken cancellation)
    {
        var invoice = await client.V1.Invoices.GetAsync(stripeInvoice, cancellationToken: cancellation);
        List<Stripe.CreditNote> notes = [];
        await foreach (var note in client.V1.CreditNotes.ListAutoPagingAsync(new CreditNoteListOptions { Invoice = stripeInvoice, Limit = 100 }, cancellationToken: cancellation))
        {
            notes.Add(note);
        }

        return new(invoice, await PaymentProblems.Read(client, invoice, cancellation), notes, await ReadRefunds(client, stripeInvoice, cancellation));
    }

    private static async Task<IReadOnlyList<Stripe.Refund>?> ReadRefunds(StripeClient client, string stripeInvoice, CancellationToken cancellation)
    {
        try
        {
            List<Stripe.Refund> refunds = [];
            await foreach (var payment in client.V1.InvoicePayments.ListAutoPagingAsync(
                new InvoicePaymentListOptions { Invoice = stripeInvoice, Status = "paid", Limit = 100 }, cancellationToken: cancellation))
            {
                if (payment.Payment?.PaymentIntentId is { } intent)
                {
                    await foreach (var refund in client.V1.Refunds.ListAutoPagingAsync(new RefundListOptions { PaymentIntent = intent, Limit = 100 }, cancellationToken: cancellation))
                    {
                        refunds.Add(refund);
                    }
                }
            }

            return refunds;
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }
}
