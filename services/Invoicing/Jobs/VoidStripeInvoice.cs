using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: void an invoice at Stripe that is not paid. A draft of ours is deleted, which is all that Stripe allows with it; one that a subscription made is brought to nothing and
/// finalized, because Stripe does not delete those; a paid one stays paid. What Stripe does not void, such as what was paid in part, is an answer about this invoice and stops no lane.</summary>
public sealed class VoidStripeInvoice(
    StripeConnections stripe, CreateCustomer customers, IssueInvoice issuing, ApplyStripeInvoice mirror, UnvoidedInvoice unvoided, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "void_invoice";

    private const string Discarded = "marketplace_discarded";

    private static readonly TaxSetting NoTaxes = TaxSetting.Read("none");

    // Where a line bears a tax of its own, so does what takes the total away, which leaves ever less of it.
    private const int MostRounds = 5;

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Voids, applies what Stripe then says, and finishes the job.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var id = await Find(job, keys, cancellation);
        try
        {
            var facts = id is null ? new("deleted", null, null, null, null, null) : await Void(stripe.Open(keys), job, id, cancellation);
            await mirror.Finish(job, job.SubjectId, facts, cancellation);
        }
        catch (StripeException exception) when (id is not null && StripeFailure.Of(exception, cancellation) is { Kind: StripeFailureKind.Refused } refusal)
        {
            var left = await stripe.Open(keys).V1.Invoices.GetAsync(id, cancellationToken: cancellation);
            if (left.Status == "draft")
            {
                throw;
            }

            await mirror.Finish(
                job, job.SubjectId, ApplyStripeInvoice.Facts(left), cancellation, (transaction, stop) => unvoided.Leave(transaction, job.SubjectId, left, refusal, stop));
        }
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
        if (await StripeObjects.IfThere(() => client.V1.Invoices.GetAsync(id, cancellationToken: cancellation)) is not { } invoice)
        {
            return new("deleted", null, null, null, null, null);
        }

        switch (invoice.Status)
        {
            case "draft":
            case "paid" when IsDiscarded(invoice):
                return await Discard(client, job, invoice, cancellation);
            case "open" or "uncollectible":
                return ApplyStripeInvoice.Facts(await client.V1.Invoices.VoidInvoiceAsync(
                    id, requestOptions: new RequestOptions { IdempotencyKey = job.Key("void") }, cancellationToken: cancellation));
            default:
                return ApplyStripeInvoice.Facts(invoice);
        }
    }

    /// <summary>Whether it was finalized to do away with it: that it counts as paid then is no payment.</summary>
    public static bool IsDiscarded(Stripe.Invoice invoice) => invoice is { Status: "paid", AmountPaid: 0 } && invoice.Metadata?.ContainsKey(Discarded) == true;

    /// <summary>Whether it was finalized to do away with it, and may have to be voided, or undone on the balance.</summary>
    public static bool IsBeingDiscarded(Stripe.Invoice invoice) =>
        invoice is { Status: "open" } or { Status: "paid", AmountPaid: 0 } && invoice.Metadata?.ContainsKey(Discarded) == true;

    /// <summary>Does away with a draft. One that has to be finalized for that is over nothing then, because Stripe settles a total below its minimum, below zero or covered by credit on the
    /// customer's balance at once. What came onto it only with finalizing is voided, or undone on the balance.</summary>
    public static async Task<StripeInvoiceFacts> Discard(StripeClient client, StripeJob job, Stripe.Invoice draft, CancellationToken cancellation)
    {
        var finalized = draft;
        if (draft.Status == "draft")
        {
            if (draft.Parent?.SubscriptionDetails is null)
            {
                await client.V1.Invoices.DeleteAsync(draft.Id, cancellationToken: cancellation);
                return new("deleted", null, null, null, null, null);
            }

            await client.V1.Invoices.UpdateAsync(
                draft.Id, new InvoiceUpdateOptions { Metadata = new Dictionary<string, string> { [Discarded] = "true" } }.With(NoTaxes, draft), cancellationToken: cancellation);
            await BringToNothing(client, job, draft, cancellation);
            finalized = await client.V1.Invoices.FinalizeInvoiceAsync(
                draft.Id, new InvoiceFinalizeOptions { AutoAdvance = false }, new RequestOptions { IdempotencyKey = job.Key($"finalize-to-void-{draft.Id}") }, cancellation);
        }

        if (finalized.Status == "open")
        {
            return ApplyStripeInvoice.Facts(await client.V1.Invoices.VoidInvoiceAsync(
                draft.Id, requestOptions: new RequestOptions { IdempotencyKey = job.Key($"void-{draft.Id}") }, cancellationToken: cancellation));
        }

        await CustomerBalance.Undo(client, job, finalized, cancellation);
        return new("deleted", null, null, null, null, null);
    }

    private static async Task BringToNothing(StripeClient client, StripeJob job, Stripe.Invoice draft, CancellationToken cancellation)
    {
        for (var round = 1; round <= MostRounds; round++)
        {
            // As it is now: an earlier attempt may have got here.
            draft = await client.V1.Invoices.GetAsync(draft.Id, cancellationToken: cancellation);
            if (draft.Total == 0)
            {
                return;
            }

            await client.V1.InvoiceItems.CreateAsync(
                new InvoiceItemCreateOptions
                {
                    Customer = draft.CustomerId, Invoice = draft.Id, Amount = -draft.Total, Currency = draft.Currency, Description = "Not owed", Discountable = false,
                },
                new RequestOptions { IdempotencyKey = job.Key($"nothing-{draft.Id}-{job.Lease}-{round}") },
                cancellation);
        }
    }
}
