using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A line as far as it tells what was paid for.</summary>
public sealed record PaidLine(string Kind, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>Money for time after its subscription's end goes back by the integration's rule: to the customer's balance (the default), to the payer, or not at all. What the balance
/// itself paid goes back to the balance, also where the rest goes to the payer.</summary>
public sealed class LatePayments(JobQueue queue, TimeProvider clock)
{
    private static readonly string[] NeverBegan = ["never_paid", "rejected"];

    /// <summary>What of a paid invoice goes back. All of it where the subscription never began. Else, of what was charged in advance: periods that begin after the
    /// end whole, and of the period of the end, where it ended for want of this very payment, the part after it. Usage and time before the end are owed.</summary>
    /// <param name="reason">Why the subscription ended.</param>
    /// <param name="cancelledAt">When it ended (UTC).</param>
    /// <param name="paidAt">When it was paid (UTC).</param>
    /// <param name="paid">What settled it, with the tax.</param>
    /// <param name="tax">Tax on top of the lines; what goes back of them takes its share of it along, rounded half up.</param>
    public static long GivenBack(string reason, DateTimeOffset cancelledAt, DateTimeOffset paidAt, long paid, long tax, IReadOnlyList<PaidLine> lines) =>
        NeverBegan.Contains(reason) ? paid
        : paidAt <= cancelledAt ? 0
        : Math.Clamp(
            WithTax(
                lines.Where(line => line.Kind is LineKind.BasePrice or LineKind.Proration).Sum(line => After(line, cancelledAt, whole: reason == "past_due")),
                lines.Sum(line => line.Amount), tax),
            0, paid);

    /// <summary>Looks at an invoice that was just paid, or whose subscription was just cancelled; both look, and the later one sees the other. Once per invoice, by its lock.</summary>
    /// <param name="invoice">Locked.</param>
    public async Task Check(Transaction transaction, Invoice invoice, CancellationToken cancellation)
    {
        if (invoice is not { Status: InvoiceStatus.Paid, Settled: > 0, PaidAt: { } paidAt })
        {
            return;
        }

        var end = await transaction.QueryOne<End>(
            """
            select s.cancelled_at, s.cancel_reason, i.late_payments from subscriptions s join billing_integrations i on i.id = @IntegrationId
            where s.id = @SubscriptionId and s.cancelled_at is not null and s.cancel_reason is not null
            """, invoice, cancellation);
        if (end is null or { LatePayments: "keep" })
        {
            return;
        }

        var lines = await transaction.Query<PaidLine>("select kind, amount, period_start, period_end from invoice_lines where invoice_id = @Id", invoice, cancellation);
        var back = GivenBack(end.CancelReason, end.CancelledAt, paidAt, invoice.Settled, invoice.Tax, lines);
        back = Math.Min(back, await Creditable.Settled(transaction, invoice, cancellation));
        var toPayer = end.LatePayments == "refund" ? Math.Min(back, await Creditable.Paid(transaction, invoice, cancellation)) : 0;
        if (back > 0 && !await transaction.QueryOne<bool>("select exists (select from credit_notes where invoice_id = @Id and origin = 'late_payment')", invoice, cancellation))
        {
            await GiveBack(transaction, invoice, CreditNote.Refund, toPayer, cancellation);
            await GiveBack(transaction, invoice, CreditNote.Balance, back - toPayer, cancellation);
            await TakenBack.Tell(transaction, invoice.Id, cancellation);
        }
    }

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

    private static long WithTax(long part, long total, long tax) =>
        total <= 0 ? part : (long)Math.Round(part * (decimal)(total + tax) / total, MidpointRounding.AwayFromZero);

    private static long After(PaidLine line, DateTimeOffset end, bool whole)
    {
        if (end <= line.PeriodStart)
        {
            return line.Amount;
        }

        return whole && end < line.PeriodEnd
            ? (long)Math.Round(line.Amount * (decimal)(line.PeriodEnd - end).Ticks / (line.PeriodEnd - line.PeriodStart).Ticks, MidpointRounding.AwayFromZero)
            : 0;
    }

    private sealed record End(DateTimeOffset CancelledAt, string CancelReason, string LatePayments);
}
