using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: void an invoice at Stripe that is not paid. A draft of ours is deleted, which is all that Stripe allows with it; one that a subscription made is finalized and voided,
/// because Stripe does not delete those; a paid one stays paid.</summary>
public sealed class VoidStripeInvoice(StripeConnections stripe, CreateCustomer customers, IssueInvoice issuing, ApplyStripeInvoice mirror, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "void_invoice";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Voids, applies what Stripe then says, and finishes the job.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var id = await Find(job, keys, cancellation);
        var facts = id is null ? new("deleted", null, null, null, null, null) : await Void(stripe.Open(keys), job, id, cancellation);
        await mirror.Finish(job, job.SubjectId, facts, cancellation);
    }

    // The job that was to issue it stood before this one. Where it recorded nothing it was removed, perhaps after Stripe had made the invoice.
    private async Task<string?> Find(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, job.SubjectId, cancellation) is { } known)
        {
            return known;
        }

        var invoice = await database.QueryOne<Invoice>($"select {Invoice.Columns} from invoices where id = @SubjectId", job, cancellation);
        return invoice is { IsSettled: false, CustomerId: { } ours } && await customers.Find(keys, ours, cancellation) is { } customer
            ? (await issuing.LookUp(stripe.Open(keys), keys, invoice.Id, customer, cancellation))?.Id
            : null;
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
                return await Discard(client, job, invoice, cancellation);
            case "open" or "uncollectible":
                return ApplyStripeInvoice.Facts(await client.V1.Invoices.VoidInvoiceAsync(
                    id, requestOptions: new RequestOptions { IdempotencyKey = job.Key("void") }, cancellationToken: cancellation));
            default:
                return ApplyStripeInvoice.Facts(invoice);
        }
    }

    /// <summary>Does away with a draft. Where it was finalized for that, nothing of it is collected.</summary>
    public static async Task<StripeInvoiceFacts> Discard(StripeClient client, StripeJob job, Stripe.Invoice draft, CancellationToken cancellation)
    {
        if (draft.Parent?.SubscriptionDetails is null)
        {
            await client.V1.Invoices.DeleteAsync(draft.Id, cancellationToken: cancellation);
            return new("deleted", null, null, null, null, null);
        }

        var finalized = await client.V1.Invoices.FinalizeInvoiceAsync(
            draft.Id, new InvoiceFinalizeOptions { AutoAdvance = false }, new RequestOptions { IdempotencyKey = job.Key($"finalize-to-void-{draft.Id}") }, cancellation);
        return finalized.Status == "open"
            ? ApplyStripeInvoice.Facts(await client.V1.Invoices.VoidInvoiceAsync(draft.Id, requestOptions: new RequestOptions { IdempotencyKey = job.Key($"void-{draft.Id}") }, cancellationToken: cancellation))
            : finalized.Total == 0 ? new("deleted", null, null, null, null, null)
            : ApplyStripeInvoice.Facts(finalized);
    }
}
