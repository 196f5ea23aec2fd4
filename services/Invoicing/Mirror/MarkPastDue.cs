using System.Diagnostics.Metrics;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Our own clock on due dates. Before an invoice is called past due Stripe, where it charges it, is asked once more, so that a lost webhook does not
/// cost a payer the access; while Stripe cannot be asked the verdict waits, on the retry schedule's 70 minutes and no longer. Where the payer's bank carries
/// a debit out it waits for two weeks at most, and while our own charge of the invoice is in the queue for the same 70 minutes, also where that does not move: the payer is not to blame, and a person has that time to
/// set it going.</summary>
public sealed partial class MarkPastDue(LookAtOpenInvoices look, Database database, TimeProvider clock, ILogger<MarkPastDue> logger)
{
    private static readonly int[] MinutesBetweenChecks = [1, 4, 10, 20, 35];
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(MinutesBetweenChecks.Sum());
    private const int BatchSize = 50;
    private static readonly TimeSpan AfterDefect = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenLooksAtBank = TimeSpan.FromDays(1);
    private static readonly Meter Metrics = new("Marketplace.Invoicing");
    private static readonly Counter<long> Failures = Metrics.CreateCounter<long>("marketplace.invoicing.due_checks_failed", "{invoice}", "Due dates whose check met a defect of ours");

    // What is not issued because its payer has not said where it is falls due as if it had been issued when it was made.
    private const string Unissued = "status = 'draft' and level = 'error' and kind <> 'initial' and exists (select from jsonb_array_elements(reasons) reason where reason ->> 'type' = any(@Types))";
    private const string UnissuedDue = "coalesce(due_check_at, created_at + payment_term_days * interval '1 day')";

    // What is to be charged by itself is not late before that was tried: with no days to pay both fall due at once.
    private const string Uncharged = $"exists (select from stripe_jobs j where j.subject_id = v.id and j.kind = '{ChargeInvoice.JobKind}' and j.status in ('waiting', 'running'))";

    /// <summary>When the next due date is to be checked.</summary>
    public static Task<DateTimeOffset?> NextDue(Database database, CancellationToken cancellation) =>
        database.QueryOne<DateTimeOffset?>(
            $"select least((select min(due_check_at) from invoices v where status = 'open' and not {Uncharged}), (select min({UnissuedDue}) from invoices where {Unissued}))", new { Types = StripeFailure.WaitForAddress }, cancellation);

    /// <summary>Checks one batch; how many checks were carried out. One that fails stops no other and is put off, so that it does not fill the next batch.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var due = await database.Query<Due>(
            $"""
            select v.id as invoice_id, v.due_checks, o.stripe_id, i.id as integration_id, i.organization_id, i.account_id, i.livemode, i.secret_key
            from invoices v join billing_integrations i on i.id = v.integration_id left join stripe_objects o on o.our_id = v.id and o.integration_id = i.id
            where (o.our_id is not null or v.vendor = 'custom') and v.status = 'open' and v.due_check_at <= @Now and i.deleted_at is null
                and not (v.due_at > @Now - @Longest and {Uncharged}) order by v.due_check_at limit @BatchSize
            """, new { Now = clock.GetUtcNow(), Longest, BatchSize }, cancellation);
        // Stripe has nothing to say about them.
        var unissued = await database.Query<Due>(
            $"""
            select id as invoice_id, due_checks, null as stripe_id, integration_id, organization_id, null as account_id, false as livemode, null as secret_key
            from invoices where {Unissued} and {UnissuedDue} <= @Now order by {UnissuedDue} limit @BatchSize
            """, new { Now = clock.GetUtcNow(), BatchSize, Types = StripeFailure.WaitForAddress }, cancellation);
        var failed = 0;
        foreach (var invoice in due.Concat(unissued))
        {
            try
            {
                await Check(invoice, cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                failed++;
                Failures.Add(1);
                Broken(logger, invoice.InvoiceId, exception);
                await database.Execute(
                    "update invoices set due_check_at = @Next where id = @InvoiceId", new { Next = clock.GetUtcNow() + AfterDefect, invoice.InvoiceId }, cancellation);
            }
        }

        return due.Count + unissued.Count - failed;
    }

    private async Task Check(Due invoice, CancellationToken cancellation)
    {
        var asked = invoice.StripeId is null || await look.Look(invoice.InvoiceId, invoice.StripeId, invoice.Keys, cancellation);
        if (asked || invoice.DueChecks >= MinutesBetweenChecks.Length)
        {
            await Mark(invoice.InvoiceId, cancellation);
            return;
        }

        await database.Execute(
            "update invoices set due_checks = due_checks + 1, due_check_at = @Next where id = @InvoiceId and due_checks = @DueChecks",
            new { Next = clock.GetUtcNow().AddMinutes(MinutesBetweenChecks[invoice.DueChecks]), invoice.InvoiceId, invoice.DueChecks }, cancellation);
    }

    private async Task Mark(string invoiceId, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, invoiceId, cancellation);
        var now = clock.GetUtcNow();
        if (invoice?.AfterDueDate(now) is { } next)
        {
            await next.Save(transaction, cancellation);
        }
        else if (invoice?.WaitsForBankUntil is { } until && until > now)
        {
            await transaction.Execute(
                "update invoices set due_checks = 0, due_check_at = @Next where id = @Id", new { invoice.Id, Next = now + BetweenLooksAtBank is var soon && soon < until ? soon : until }, cancellation);
        }

        await transaction.Commit(cancellation);
    }

    private sealed record Due(string InvoiceId, int DueChecks, string? StripeId, string IntegrationId, string OrganizationId, string? AccountId, bool Livemode, string? SecretKey)
    {
        public StripeKeys Keys => new(IntegrationId, OrganizationId, AccountId!, Livemode, SecretKey!);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Checking the due date of invoice {Invoice} met a defect of ours")]
    private static partial void Broken(ILogger logger, string invoice, Exception exception);
}
