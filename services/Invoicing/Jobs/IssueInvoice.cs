using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: create an invoice at Stripe, put our lines on it, finalize it. Every step has its own key and can be repeated alone.</summary>
public sealed class IssueInvoice(StripeConnections stripe, CreateCustomer customers, ApplyStripeInvoice mirror, JobQueue queue, Database database, TimeProvider clock, CustomerDeletion deletion) : IStripeJobKind
{
    private const string LinePosition = "marketplace_line";

    // More than these Stripe does not take on one invoice (https://docs.stripe.com/invoicing/line-items).
    private const int MostItems = 250;

    /// <inheritdoc/>
    public string Kind => StripeJob.IssueInvoice;

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
        if (invoice.VoidRequested && issued is null or { Status: "draft" })
        {
            // To be voided before anyone could pay it: nothing is made, and a draft is deleted.
            if (issued is not null)
            {
                await client.V1.Invoices.DeleteAsync(issued.Id, cancellationToken: cancellation);
            }

            await mirror.Finish(job, invoice.Id, new("deleted", null, null, null, null, null), cancellation);
            return;
        }

        // Only a draft that this very attempt made is known to be empty.
        var mayHoldLines = issued is not null || job.MayHaveRun;
        issued ??= await Create(client, job, keys, invoice, customer, cancellation);
        if (issued.Status == "draft")
        {
            await AddLines(client, job, invoice, issued.Id, customer, mayHoldLines, cancellation);
            issued = await Finalize(client, job, invoice, issued.Id, cancellation);
        }

        await mirror.Finish(job, invoice.Id, ApplyStripeInvoice.Facts(issued), cancellation);
    }

    private async Task<Stripe.Invoice?> Find(StripeClient client, StripeJob job, StripeKeys keys, Invoice invoice, string customer, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, invoice.Id, cancellation) is { } known)
        {
            try
            {
                return await client.V1.Invoices.GetAsync(known, cancellationToken: cancellation);
            }
            catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
            {
                // A draft that was deleted there, by us before a lost answer or by the provider's hand.
                return new Stripe.Invoice { Id = known, Deleted = true };
            }
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

    private async Task<Stripe.Invoice> Create(StripeClient client, StripeJob job, StripeKeys keys, Invoice invoice, string customer, CancellationToken cancellation)
    {
        var created = await client.V1.Invoices.CreateAsync(
            new InvoiceCreateOptions
            {
                Customer = customer,
                Currency = invoice.Currency,
                CollectionMethod = "send_invoice",
                DaysUntilDue = invoice.PaymentTermDays,
                AutoAdvance = false,
                PendingInvoiceItemsBehavior = "exclude",
                Description = invoice.Description,
                Metadata = StripeMetadata.Of(keys.IntegrationId, invoice.OrganizationId, invoice.Id),
            },
            new RequestOptions { IdempotencyKey = job.Key("invoice") },
            cancellation);
        await StripeObjects.Record(database, keys, "invoice", invoice.Id, created.Id, clock.GetUtcNow(), cancellation);
        return created;
    }

    // Lines that are there from an earlier attempt are known by their position in our invoice.
    private async Task AddLines(StripeClient client, StripeJob job, Invoice invoice, string stripeId, string customer, bool mayHoldLines, CancellationToken cancellation)
    {
        HashSet<string> there = new(StringComparer.Ordinal);
        if (mayHoldLines)
        {
            await foreach (var item in client.V1.InvoiceItems.ListAutoPagingAsync(new InvoiceItemListOptions { Invoice = stripeId, Limit = 100 }, cancellationToken: cancellation))
            {
                there.Add(item.Metadata?.GetValueOrDefault(LinePosition) ?? "");
            }
        }

        var lines = await database.Query<Line>(
            "select position, description, amount, period_start, period_end from invoice_lines where invoice_id = @Id order by position", invoice, cancellation);
        foreach (var line in Items(lines).Where(line => !there.Contains($"{line.Position}")))
        {
            await client.V1.InvoiceItems.CreateAsync(
                new InvoiceItemCreateOptions
                {
                    Customer = customer,
                    Invoice = stripeId,
                    Amount = line.Amount,
                    Currency = invoice.Currency,
                    Description = line.Description,
                    Period = new InvoiceItemPeriodOptions { Start = line.PeriodStart.UtcDateTime, End = line.PeriodEnd.UtcDateTime },
                    Metadata = new Dictionary<string, string> { [LinePosition] = $"{line.Position}" },
                },
                new RequestOptions { IdempotencyKey = job.Key($"line-{line.Position}") },
                cancellation);
        }
    }

    // One item a line; of an invoice with more lines than Stripe takes, the last item is the sum of the rest.
    private static IReadOnlyList<Line> Items(IReadOnlyList<Line> lines) => lines.Count <= MostItems ? lines :
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

    // Nothing becomes payable that is not to the minor unit what we rated.
    private static async Task<Stripe.Invoice> Finalize(StripeClient client, StripeJob job, Invoice invoice, string stripeId, CancellationToken cancellation)
    {
        var draft = await client.V1.Invoices.GetAsync(stripeId, cancellationToken: cancellation);
        if (draft.Total != invoice.Total || draft.Currency != invoice.Currency)
        {
            throw new JobFailedException(new(
                StripeFailureKind.Refused, "total_mismatch", $"Stripe's draft is over {draft.Total} {draft.Currency}, ours over {invoice.Total} {invoice.Currency}. Nothing was issued."));
        }

        return draft.Status != "draft" ? draft : await client.V1.Invoices.FinalizeInvoiceAsync(
            stripeId, new InvoiceFinalizeOptions { AutoAdvance = false }, new RequestOptions { IdempotencyKey = job.Key("finalize") }, cancellation);
    }

    private sealed record Line(int Position, string Description, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);
}
