using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Our own clock on due dates. Before an invoice is called past due Stripe is asked once more, so that a lost webhook does not
/// cost a payer the access; while Stripe cannot be asked the verdict waits, on the retry schedule's 70 minutes and no longer.</summary>
public sealed class MarkPastDue(LookAtOpenInvoices look, Database database, TimeProvider clock)
{
    private static readonly int[] MinutesBetweenChecks = [1, 4, 10, 20, 35];
    private const int BatchSize = 50;

    /// <summary>When the next due date is to be checked.</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) =>
        database.QueryOne<DateTimeOffset?>("select min(due_check_at) from invoices where status = 'open'", null, cancellation);

    /// <summary>Checks one batch; how many were due.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var due = await database.Query<Due>(
            """
            select v.id as invoice_id, v.due_checks, o.stripe_id, i.id as integration_id, i.organization_id, i.account_id, i.livemode, i.secret_key
            from invoices v join billing_integrations i on i.id = v.integration_id join stripe_objects o on o.our_id = v.id
            where v.status = 'open' and v.due_check_at <= @Now order by v.due_check_at limit @BatchSize
            """, new { Now = clock.GetUtcNow(), BatchSize }, cancellation);
        foreach (var invoice in due)
        {
            var asked = await look.Look(invoice.InvoiceId, invoice.StripeId, invoice.Keys, cancellation);
            if (!asked && invoice.DueChecks < MinutesBetweenChecks.Length)
            {
                await database.Execute(
                    "update invoices set due_checks = due_checks + 1, due_check_at = @Next where id = @InvoiceId and due_checks = @DueChecks",
                    new { Next = clock.GetUtcNow().AddMinutes(MinutesBetweenChecks[invoice.DueChecks]), invoice.InvoiceId, invoice.DueChecks }, cancellation);
                continue;
            }

            await Mark(invoice.InvoiceId, cancellation);
        }

        return due.Count;
    }

    private async Task Mark(string invoiceId, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, invoiceId, cancellation);
        if (invoice?.AfterDueDate(clock.GetUtcNow()) is { } next)
        {
            await next.Save(transaction, cancellation);
            await transaction.Commit(cancellation);
        }
    }

    private sealed record Due(string InvoiceId, int DueChecks, string StripeId, string IntegrationId, string OrganizationId, string AccountId, bool Livemode, string SecretKey)
    {
        public StripeKeys Keys => new(IntegrationId, OrganizationId, AccountId, Livemode, SecretKey);
    }
}
