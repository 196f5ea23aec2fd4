using System.Diagnostics.Metrics;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>The guarantee behind webhooks: every invoice that is payable is fetched again from time to time. In real time, not the test clock's: what it
/// waits for happens in another system.</summary>
public sealed partial class LookAtOpenInvoices(StripeConnections stripe, ApplyStripeInvoice mirror, Database database, ILogger<LookAtOpenInvoices> logger)
{
    /// <summary>How long after the last look an invoice is looked at again.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private const int BatchSize = 20;
    private static readonly Meter Metrics = new("Marketplace.Invoicing");
    private static readonly Counter<long> Failures = Metrics.CreateCounter<long>("marketplace.invoicing.looks_failed", "{invoice}", "Looks at one invoice that met a defect of ours");

    /// <summary>Looks at one batch; how many were seen. One that could not be looked at stops no other.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        // Moving the date is the claim: another process, or a crash here, leaves them for the next time.
        var due = await database.Query<Due>(
            $"""
            update invoices v set look_at = now() + @Interval from billing_integrations i, stripe_objects o
            where i.id = v.integration_id and o.our_id = v.id and o.integration_id = i.id and v.id in (
                select d.id from invoices d join billing_integrations q on q.id = d.integration_id
                where d.status in ('open', 'past_due', 'incomplete') and d.look_at <= now() and q.queue_status = 'running' and q.deleted_at is null
                order by d.look_at limit @BatchSize for update of d skip locked)
            returning v.id as invoice_id, o.stripe_id, i.id as integration_id, i.organization_id, i.account_id, i.livemode, i.secret_key
            """, new { Interval, BatchSize }, cancellation);
        var seen = await Task.WhenAll(due.Select(invoice => Look(invoice.InvoiceId, invoice.StripeId, invoice.Keys, cancellation)));
        return seen.Count(invoice => invoice);
    }

    /// <summary>Fetches one invoice and applies what Stripe says; false when Stripe could not be asked or its answer could not be applied.</summary>
    public async Task<bool> Look(string invoiceId, string stripeId, StripeKeys keys, CancellationToken cancellation)
    {
        try
        {
            var client = stripe.Open(keys);
            var invoice = await client.V1.Invoices.GetAsync(stripeId, cancellationToken: cancellation);
            var problem = await PaymentProblems.Read(client, invoice, cancellation);
            await using var transaction = await database.Begin(cancellation);
            if (await mirror.Apply(transaction, keys.IntegrationId, invoiceId, ApplyStripeInvoice.Facts(invoice, problem), cancellation) is { } foreign)
            {
                throw new InvalidOperationException(foreign);
            }

            await transaction.Commit(cancellation);
            return true;
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            NotSeen(logger, invoiceId, failure.Code);
            return false;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Failures.Add(1);
            Broken(logger, invoiceId, exception);
            return false;
        }
    }

    private sealed record Due(string InvoiceId, string StripeId, string IntegrationId, string OrganizationId, string AccountId, bool Livemode, string SecretKey)
    {
        public StripeKeys Keys => new(IntegrationId, OrganizationId, AccountId, Livemode, SecretKey) { InBackground = true };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stripe could not be asked about invoice {Invoice}: {Code}")]
    private static partial void NotSeen(ILogger logger, string invoice, string code);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking at invoice {Invoice} met a defect of ours")]
    private static partial void Broken(ILogger logger, string invoice, Exception exception);
}
