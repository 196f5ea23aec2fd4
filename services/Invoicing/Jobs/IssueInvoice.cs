using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: create an invoice at Stripe, put our lines on it, finalize it. Every step has its own key and can be repeated alone.</summary>
public sealed class IssueInvoice(
    StripeConnections stripe, CreateCustomer customers, TaxLocation location, RefusedRates rates, ApplyStripeInvoice mirror, JobQueue queue, Database database, TimeProvider clock,
    CustomerDeletion deletion) : IStripeJobKind
{
    // More than these Stripe does not take on one invoice (https://docs.stripe.com/invoicing/line-items).
    private const int MostItems = 250;

    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "issue_invoice";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Issues the invoice unless that is done, applies what Stripe then says, and finishes the job. A customer that is not there any more ends the invoice, not the lane.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        var invoice = (await database.QueryOne<Invoice>($"select {Invoice.Columns} from invoices where id = @SubjectId", job, cancellation))!;
        try
        {
            await Issue(job, keys, invoice, cancellation);
        }
        catch (StripeException exception) when (!invoice.VoidRequested && CustomerDeletion.Tells(exception))
        {
            await deletion.Apply(keys, invoice.CustomerId!, cancellation);
            await Issue(job, keys, invoice with { VoidRequested = true }, cancellation);
        }
    }

    private async Task Issue(StripeJob job, StripeKeys keys, Invoice invoice, CancellationToken cancellation)
    {
        var client = stripe.Open(keys);
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var customer = await customers.Ensure(job, keys, invoice.CustomerId!, cancellation);
        var issued = await Find(client, job, keys, invoice, customer, cancellation);
        if (invoice.VoidRequested && (issued is null || issued.Status == "draft" || VoidStripeInvoice.IsDiscarded(issued)))
        {
            // To be voided before anyone could pay it: nothing is made, and a draft is done away with.
            var gone = issued is null ? new("deleted", null, null, null, null, null) : await VoidStripeInvoice.Discard(client, job, issued, cancellation);
            await mirror.Finish(job, invoice.Id, gone, cancellation);
            return;
        }

        if (issued is null or { Status: "draft" })
        {
            issued = await Issue(client, job, keys, invoice, issued, customer, cancellation);
        }

        await mirror.Finish(job, invoice.Id, ApplyStripeInvoice.Facts(issued), cancellation);
    }

    private async Task<Stripe.Invoice> Issue(
        StripeClient client, StripeJob job, StripeKeys keys, Invoice invoice, Stripe.Invoice? draft, string customer, CancellationToken cancellation)
    {
        var tax = await location.Demand(job, keys, (invoice.CustomerId!, customer, invoice.OrganizationId), cancellation);
        // Only a draft that this very attempt made is known to be empty.
        var mayHoldLines = draft is not null || job.MayHaveRun;
        if (draft is null)
        {
            draft = await Create(client, job, keys, invoice, tax, customer, cancellation);
        }
        else if (draft.Awaits(tax) || draft.IsDiscounted())
        {
            // Since it was made taxes may be set otherwise, and the customer may be elsewhere.
            await rates.Give(
                keys, tax, () => client.V1.Invoices.UpdateAsync(draft.Id, new InvoiceUpdateOptions().With(tax, draft).WithoutDiscounts(draft), cancellationToken: cancellation), cancellation);
        }

        await AddLines(client, job, invoice, tax, draft.Id, customer, mayHoldLines, cancellation);
        return await Finalize(client, job, invoice, tax, draft.Id, cancellation);
    }

    // How the invoice is collected: the one place that decides it.
    private static (string Method, long? DaysUntilDue) Collection(Invoice invoice) => ("send_invoice", invoice.PaymentTermDays);

    private async Task<Stripe.Invoice?> Find(StripeClient client, StripeJob job, StripeKeys keys, Invoice invoice, string customer, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, invoice.Id, cancellation) is { } known)
        {
            // A draft may have been deleted there, by us before a lost answer or by the provider's hand.
            return await StripeObjects.IfThere(() => client.V1.Invoices.GetAsync(known, cancellationToken: cancellation)) ?? new Stripe.Invoice { Id = known, Deleted = true };
        }

        return job.MayHaveRun ? await LookUp(client, keys, invoice.Id, customer, cancellation) : null;
    }

    /// <summary>The customer's invoice at Stripe that carries our id, recorded from now on; null where there is none.</summary>
    public async Task<Stripe.Invoice?> LookUp(StripeClient client, StripeKeys keys, string invoiceId, string customer, CancellationToken cancellation)
    {
        await foreach (var found in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Customer = customer, Limit = 100 }, cancellationToken: cancellation))
        {
            if (found.Metadata?.GetValueOrDefault(StripeMetadata.Id) == invoiceId)
            {
                await StripeObjects.Record(database, keys, "invoice", invoiceId, found.Id, clock.GetUtcNow(), cancellation);
                return found;
            }
        }

        return null;
    }

    private async Task<Stripe.Invoice> Create(
        StripeClient client, StripeJob job, StripeKeys keys, Invoice invoice, TaxSetting tax, string customer, CancellationToken cancellation)
    {
        var (collectionMethod, daysUntilDue) = Collection(invoice);
        var created = await rates.Give(keys, tax, () => client.V1.Invoices.CreateAsync(
            new InvoiceCreateOptions
            {
                Customer = customer,
                Currency = invoice.Currency,
                CollectionMethod = collectionMethod,
                DaysUntilDue = daysUntilDue,
                AutomaticTax = tax.NeedsAddress ? new() { Enabled = true } : null,
                DefaultTaxRates = tax.Rates.Count > 0 ? [.. tax.Rates] : null,
                AutoAdvance = false,
                // Not even its customer's: what nobody rated comes off no invoice.
                Discounts = [],
                PendingInvoiceItemsBehavior = "exclude",
                Description = invoice.Description,
                Metadata = StripeMetadata.Of(keys.IntegrationId, invoice.OrganizationId, invoice.Id),
            },
            new RequestOptions { IdempotencyKey = job.Key("invoice") },
            cancellation), cancellation);
        await StripeObjects.Record(database, keys, "invoice", invoice.Id, created.Id, clock.GetUtcNow(), cancellation);
        return created;
    }

    // Our prices are without tax, whatever the account's default is.
    private async Task AddLines(
        StripeClient client, StripeJob job, Invoice invoice, TaxSetting tax, string stripeId, string customer, bool mayHoldLines, CancellationToken cancellation)
    {
        var lines = await database.Query<InvoiceItemLine>(
            "select position, description, amount, period_start, period_end from invoice_lines where invoice_id = @Id order by position", invoice, cancellation);
        await StripeInvoiceLines.Add(client, job, (stripeId, invoice.Currency), customer, Items(lines), mayHoldLines, tax.Behavior, cancellation);
    }

    // One item a line; of an invoice with more lines than Stripe takes, the last item is the sum of the rest.
    private static IReadOnlyList<InvoiceItemLine> Items(IReadOnlyList<InvoiceItemLine> lines) => lines.Count <= MostItems ? lines :
    [
        .. lines.Take(MostItems - 1),
        lines.Skip(MostItems - 1).Aggregate((sum, line) => sum with
        {
            Description = $"{lines.Count - MostItems + 1} further lines, listed in the marketplace's invoice",
            Amount = checked(sum.Amount + line.Amount),
            PeriodStart = sum.PeriodStart < line.PeriodStart ? sum.PeriodStart : line.PeriodStart,
            PeriodEnd = sum.PeriodEnd > line.PeriodEnd ? sum.PeriodEnd : line.PeriodEnd,
        }),
    ];

    // Nothing becomes payable that is not, before tax on top, to the minor unit what we rated, or that bears other taxes than the setting's.
    private static async Task<Stripe.Invoice> Finalize(StripeClient client, StripeJob job, Invoice invoice, TaxSetting tax, string stripeId, CancellationToken cancellation)
    {
        var draft = await client.V1.Invoices.GetAsync(stripeId, cancellationToken: cancellation);
        await client.ReadAllLines(draft, cancellation);
        if (InvoiceMismatch.Of(draft, (invoice.Total, invoice.Currency), tax) is { } mismatch)
        {
            throw new JobFailedException(new(StripeFailureKind.Refused, mismatch.Code, $"{mismatch.Detail} Nothing was issued."));
        }

        TaxLocation.DemandReckoned(draft, invoice.OrganizationId);
        return draft.Status != "draft" ? draft : await client.V1.Invoices.FinalizeInvoiceAsync(
            stripeId, new InvoiceFinalizeOptions { AutoAdvance = false }, new RequestOptions { IdempotencyKey = job.Key("finalize") }, cancellation);
    }
}
