using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: void an invoice at Stripe that is not paid. A draft is deleted, which is all that Stripe allows with it; a paid one stays paid.</summary>
public sealed class VoidStripeInvoice(StripeConnections stripe, ApplyStripeInvoice mirror, JobQueue queue, Database database)
{
    /// <summary>Voids, applies what Stripe then says, and finishes the job.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var id = await StripeObjects.Find(database, keys, job.SubjectId, cancellation);
        var facts = id is null ? new("deleted", null, null, null, null, null) : await Void(stripe.Open(keys), job, id, cancellation);
        await mirror.Finish(job, job.SubjectId, facts, cancellation);
    }

    private static async Task<StripeInvoiceFacts> Void(StripeClient client, StripeJob job, string id, CancellationToken cancellation)
    {
        Stripe.Invoice invoice;
        try
        {
            invoice = await client.V1.Invoices.GetAsync(id, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return new("deleted", null, null, null, null, null);
        }

        switch (invoice.Status)
        {
            case "draft":
                await client.V1.Invoices.DeleteAsync(id, cancellationToken: cancellation);
                return new("deleted", null, null, null, null, null);
            case "open" or "uncollectible":
                return ApplyStripeInvoice.Facts(await client.V1.Invoices.VoidInvoiceAsync(
                    id, requestOptions: new RequestOptions { IdempotencyKey = job.Key("void") }, cancellationToken: cancellation));
            default:
                return ApplyStripeInvoice.Facts(invoice);
        }
    }
}
