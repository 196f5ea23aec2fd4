using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A line as far as it tells what was paid for.</summary>
public sealed record PaidLine(string Kind, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>Money for time after its subscription's end goes back by the integration's rule: to the customer's balance (the default), to the payer, or not at all. What the balance
/// itself paid goes back to the balance, also where the rest goes to the payer.</summary>
public sealed class LatePayments(JobQueue queue, TimeProvider clock)
{
    /// <summary>Why a subscription ended that never began.</summary>
    public static readonly string[] NeverBegan = ["never_paid", "rejected"];

    // It ended because an invoice was not paid within grace.
    private const string Unpaid = "past_due";

    // What was heard of a little before the end may have been told after it.
    private static readonly TimeSpan Telling = TimeSpan.FromHours(1);

    // The invoice's subscription, and those that took its place one after the other.
    private const string Successors =
        """
        successors as (
            select id, cancelled_at, cancel_reason, 0 as changes from subscriptions where id = @SubscriptionId
            union all
            select s.id, s.cancelled_at, s.cancel_reason, n.changes + 1 from successors n join subscriptions s on s.replaces = n.id)
        """;

    /// <summary>What of a paid invoice goes back. All of it where the subscription never began. Else, of what was charged in advance: periods that begin after the
    /// end whole, and of the period of the end, where it ended for want of payment, the part after it. Usage and time before the end are owed. What was paid before the end bought
    /// the time after it and is kept, but not what was heard of too late to keep off an end for want of payment.</summary>
    /// <param name="reason">Why the subscription ended, or the last one that took its place.</param>
    /// <param name="cancelledAt">When it ended (UTC).</param>
    /// <param name="invoice">Of its tax on top of the lines, what goes back of them takes its share along, rounded to what can be charged in its currency, half up and never above what was paid.</param>
    /// <param name="credited">Lines of changes to cheaper plans, whose credit for the same time is on the balance already.</param>
    public static long GivenBack(
        string reason, DateTimeOffset cancelledAt, Invoice invoice, IReadOnlyList<PaidLine> lines, IReadOnlyList<PaidLine>? credited = null) =>
        NeverBegan.Contains(reason) ? invoice.PaidInAll
        : invoice.PaidAt > cancelledAt || (reason == Unpaid && invoice.PaidHeardAt > cancelledAt - Telling)
        ? Chargeable(
            WithTax(
                lines.Concat(credited ?? []).Where(line => line.Kind is LineKind.BasePrice or LineKind.Proration).Sum(line => After(line, cancelledAt, part: reason == Unpaid)),
                lines.Sum(line => line.Amount), invoice.Tax),
            invoice)
        : 0;

    /// <summary>Looks at an invoice that was just paid, or whose subscription was just cancelled; both look, and the later one sees the other. Once per invoice, by its lock.</summary>
    /// <param name="invoice">Locked.</param>
    public async Task Check(Transaction transaction, Invoice invoice, CancellationToken cancellation)
    {
        if (invoice is not { Status: InvoiceStatus.Paid, PaidInAll: > 0 })
        {
            return;
        }

        var end = await transaction.QueryOne<End>(
            $"""
            with recursive {Successors}
            select l.cancelled_at, l.cancel_reason, l.changes > 0 as is_successor, i.late_payments from successors l join billing_integrations i on i.id = @IntegrationId order by l.changes desc limit 1
            """, invoice, cancellation);
        // Of what was replaced only the change knows what goes back, until the one that took its place is heard of and is over too.
        if (end is null or { LatePayments: "keep" } or { CancelledAt: null } or { CancelReason: null or "migrated" })
        {
            return;
        }

        var reason = end.IsSuccessor && NeverBegan.Contains(end.CancelReason) ? Unpaid : end.CancelReason;
        var lines = await transaction.Query<PaidLine>("select kind, amount, period_start, period_end from invoice_lines where invoice_id = @Id", invoice, cancellation);
        var back = GivenBack(reason, end.CancelledAt.Value, invoice, lines, end.IsSuccessor ? await Credited(transaction, invoice, cancellation) : null);
        back = Math.Min(back, await Creditable.PaidInAll(transaction, invoice, cancellation));
        var toPayer = end.LatePayments == "refund" ? Math.Min(back, await Creditable.Paid(transaction, invoice, cancellation)) : 0;
        if (back > 0 && !await transaction.QueryOne<bool>("select exists (select from credit_notes where invoice_id = @Id and origin = 'late_payment')", invoice, cancellation))
        {
            await GiveBack(transaction, invoice, CreditNote.Refund, toPayer, cancellation);
            await GiveBack(transaction, invoice, CreditNote.Balance, back - toPayer, cancellation);
            await TakenBack.Tell(transaction, invoice.Id, cancellation);
        }
    }

    /// <summary>Holds the invoices, by id, that the end of a subscription may give something back of: its first one, and what is not paid or was paid, or heard of, too late for it, also of those that it
    /// replaced. What is paid meanwhile waits here, or sees the end.</summary>
    public static Task<IReadOnlyList<Invoice>> Hold(Transaction transaction, string subscriptionId, DateTimeOffset cancelledAt, CancellationToken cancellation) =>
        transaction.Query<Invoice>(
            $"""
            with recursive replaced as (
                select id, replaces from subscriptions where id = @subscriptionId
                union all
                select s.id, s.replaces from replaced r join subscriptions s on s.id = r.replaces)
            select {Invoice.Columns} from invoices where (subscription_id = @subscriptionId and kind = 'initial')
                or (subscription_id in (select id from replaced) and (status <> 'paid' or paid_at > @cancelledAt or paid_heard_at > @heard)) order by id for no key update
            """, new { subscriptionId, cancelledAt, heard = cancelledAt - Telling }, cancellation);

    private static Task<IReadOnlyList<PaidLine>> Credited(Transaction transaction, Invoice invoice, CancellationToken cancellation) => transaction.Query<PaidLine>(
        $"""
        with recursive {Successors}
        select l.kind, l.amount, l.period_start, l.period_end from successors n
            join invoices c on c.subscription_id = n.id and c.kind = 'change' and c.total < 0 and c.status = 'paid' join invoice_lines l on l.invoice_id = c.id
        where n.changes > 0 and @Kind <> 'change'
        """, invoice, cancellation);

    private async Task GiveBack(Transaction transaction, Invoice invoice, string kind, long amount, CancellationToken cancellation)
    {
        var note = CreditNote.Of(invoice, kind, amount, CreditNote.LatePayment, clock);
        if (amount > 0 && await note.Add(transaction, cancellation)
            && !await queue.Enqueue(transaction, invoice.IntegrationId, invoice.OrganizationId, IssueCreditNote.JobKind, note.Id, cancellation))
        {
            await transaction.Execute(
                "update credit_notes set status = 'failed', failure = @Failure where id = @Id", new { note.Id, Failure = $"{DropJobs.Deleted.Type}: {DropJobs.Deleted.Detail}" }, cancellation);
        }
    }

    private static long Chargeable(long amount, Invoice invoice) =>
        Math.Clamp(MinorUnits.Of(amount).Round(Currencies.TotalStep(invoice.Currency)), 0, invoice.PaidInAll - (invoice.PaidInAll % Currencies.TotalStep(invoice.Currency)));

    private static long WithTax(long part, long total, long tax) =>
        total <= 0 ? part : (long)Math.Round(part * (decimal)(total + tax) / total, MidpointRounding.AwayFromZero);

    private static long After(PaidLine line, DateTimeOffset end, bool part)
    {
        if (end <= line.PeriodStart)
        {
            return line.Amount;
        }

        return part && end < line.PeriodEnd
            ? (long)Math.Round(line.Amount * (decimal)(line.PeriodEnd - end).Ticks / (line.PeriodEnd - line.PeriodStart).Ticks, MidpointRounding.AwayFromZero)
            : 0;
    }

    private sealed record End(DateTimeOffset? CancelledAt, string? CancelReason, bool IsSuccessor, string LatePayments);
}
