using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: pay an issued invoice with the customer's default payment method while nobody is there. It stands behind the job that issues the invoice, in the
/// same lane. A decline is an answer, not a failure: the invoice stays open with its due date and its page, and says why.</summary>
public sealed class ChargeInvoice(StripeConnections stripe, ApplyStripeInvoice mirror, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "charge_invoice";

    /// <summary>The reason that an invoice shows after a decline.</summary>
    public const string PaymentFailed = "payment_failed";

    // Where the catalog's payment methods were switched off, nothing is charged by itself any more.
    private const string Chargeable =
        """
        c.default_method_id is not null and not exists (select from subscriptions s join catalogs k on k.id = s.catalog_id where s.id = i.subscription_id and not k.payment_methods)
        """;

    // What an unpaid invoice is charged to.
    private const string Default =
        $"""
        from invoices i join customers c on c.id = i.customer_id join stripe_objects o on o.our_id = c.default_method_id and o.integration_id = i.integration_id
        where i.id = @SubjectId and i.status in ('open', 'past_due') and not i.void_requested and {Chargeable}
        """;

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Adds the job behind that which issues the invoice, if its customer has a default payment method.</summary>
    public static async Task Follow(Transaction transaction, JobQueue queue, Invoice invoice, CancellationToken cancellation)
    {
        if (invoice.Total > 0 && await transaction.QueryOne<bool>(
            $"select exists (select from invoices i join customers c on c.id = i.customer_id where i.id = @Id and not i.void_requested and {Chargeable})", invoice, cancellation))
        {
            await queue.Enqueue(transaction, invoice.IntegrationId, invoice.OrganizationId, JobKind, invoice.Id, cancellation);
        }
    }

    /// <summary>Charges a customer's invoices that are not paid: it has another default payment method now, or has one again. Those that were declined, and those that were never tried because there was none, also on their way
    /// to Stripe, where no settlement collects them. What a bank is still carrying out waits for its answer, and what was to be void and was never tried waits for a person. The reason of a decline gives way to that of the passed
    /// due date; the payment problem stays until it is paid.</summary>
    public static async Task Again(Transaction transaction, JobQueue queue, PayingCustomer customer, CancellationToken cancellation)
    {
        var unpaid = await transaction.Query<string>(
            $"""
            select i.id from invoices i join customers c on c.id = i.customer_id
            where i.customer_id = @Id and i.status in ('draft', 'open', 'past_due') and i.total > 0 and not i.void_requested and {Chargeable}
                and i.problem ->> 'type' is distinct from '{PaymentProblems.Processing}'
                and (i.problem is not null or i.reasons @> jsonb_build_array(jsonb_build_object('type', '{PaymentFailed}'))
                    or (i.job_kind = '{IssueInvoice.JobKind}' and not i.reasons @> jsonb_build_array(jsonb_build_object('type', '{UnvoidedInvoice.Reason}')))) order by i.id
            """, customer, cancellation);
        foreach (var invoice in unpaid)
        {
            await queue.Enqueue(transaction, customer.IntegrationId, customer.OrganizationId, JobKind, invoice, cancellation);
        }
    }

    /// <summary>Holds the customer of an invoice before what became of its payment is written down: whoever chooses another default payment method after that finds the decline.</summary>
    public static Task<int> HoldPayer(Transaction transaction, string invoiceId, CancellationToken cancellation) =>
        transaction.Execute("select from customers where id = (select customer_id from invoices where id = @invoiceId) for no key update", new { invoiceId }, cancellation);

    /// <summary>Charges an invoice whose customer has chosen another default payment method since Stripe was asked to charge one, or since there was none. What a bank is still carrying out waits for its answer.</summary>
    /// <param name="invoiceId">Its customer is held.</param>
    /// <param name="tried">Stripe's id of the method that was tried; null where there was none.</param>
    public static async Task WithAnother(Transaction transaction, JobQueue queue, string invoiceId, string? tried, CancellationToken cancellation)
    {
        var again = await transaction.QueryOne<Owed>(
            $"select i.integration_id, i.organization_id {Default} and o.stripe_id is distinct from @tried and i.problem ->> 'type' is distinct from '{PaymentProblems.Processing}'", new { SubjectId = invoiceId, tried }, cancellation);
        if (again is not null)
        {
            await queue.Enqueue(transaction, again.IntegrationId, again.OrganizationId, JobKind, invoiceId, cancellation);
        }
    }

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var token = await database.QueryOne<string>($"select o.stripe_id {Default}", job, cancellation);
        var stripeId = token is null ? null : await StripeObjects.Find(database, keys, job.SubjectId, cancellation);
        var (facts, declined) = stripeId is null ? (null, null) : await Pay(stripe.Open(keys), job, stripeId, token!, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await HoldPayer(transaction, job.SubjectId, cancellation);
        await Invoice.Lock(transaction, job.SubjectId, cancellation);
        if (facts is not null)
        {
            await mirror.Apply(transaction, keys.IntegrationId, job.SubjectId, facts, cancellation);
        }

        if (declined is not null)
        {
            await Invoice.SetLevel(
                transaction, [job.SubjectId], InvoiceLevel.Pending, new(PaymentFailed, $"{declined.Code}: {declined.Detail}", clock.GetUtcNow()), cancellation);
        }

        await queue.Finish(transaction, job, cancellation);
        await WithAnother(transaction, queue, job.SubjectId, token, cancellation);
        await transaction.Commit(cancellation);
    }

    // Stripe takes one payment for an invoice: after a lost answer it is paid when it is looked at, or the same key repeats what was answered.
    private static async Task<(StripeInvoiceFacts? Facts, StripeFailure? Declined)> Pay(StripeClient client, StripeJob job, string stripeId, string token, CancellationToken cancellation)
    {
        try
        {
            var invoice = await client.V1.Invoices.GetAsync(stripeId, cancellationToken: cancellation);
            if (invoice.Status == "open")
            {
                invoice = await client.V1.Invoices.PayAsync(
                    stripeId, new InvoicePayOptions { PaymentMethod = token, OffSession = true }, new RequestOptions { IdempotencyKey = job.Key($"pay-{token}") }, cancellation);
            }

            // A debit that the bank carries out is known from now on, so that its refusal is.
            return (ApplyStripeInvoice.Facts(invoice, await PaymentProblems.Read(client, invoice, cancellation)), null);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return (null, null);
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { } failure && (failure.Kind == StripeFailureKind.Refused || StripeRefusal.IsPermission(failure)))
        {
            var invoice = await client.V1.Invoices.GetAsync(stripeId, cancellationToken: cancellation);
            var problem = await PaymentProblems.Read(client, invoice, cancellation);
            return (ApplyStripeInvoice.Facts(invoice, problem), invoice.Status == "open" && problem.Problem?.Type != PaymentProblems.Processing ? failure : null);
        }
    }

    private sealed record Owed(string IntegrationId, string OrganizationId);
}
