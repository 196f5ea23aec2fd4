using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>How an invoice that the provider's own billing system charges goes on: a pure function, the only copy of the rule. That an invoice is past due is
/// said by our clock alone (<see cref="Invoice.AfterDueDate"/>).</summary>
public static class CustomState
{
    /// <summary>Why an invoice was set aside or given up, in that system's words.</summary>
    public const string ToldBySystem = "billing_system";

    private static readonly Dictionary<string, string[]> After = new(StringComparer.Ordinal)
    {
        [InvoiceStatus.Draft] = [InvoiceStatus.Open, InvoiceStatus.Incomplete, InvoiceStatus.Void],
        [InvoiceStatus.Open] = [InvoiceStatus.Paid, InvoiceStatus.Incomplete, InvoiceStatus.Void],
        [InvoiceStatus.PastDue] = [InvoiceStatus.Paid, InvoiceStatus.Incomplete, InvoiceStatus.Void],
        [InvoiceStatus.Incomplete] = [InvoiceStatus.Paid, InvoiceStatus.Void],
        [InvoiceStatus.Paid] = [],
        [InvoiceStatus.Void] = [],
    };

    /// <summary>The invoice in another state, or why it cannot be; the same invoice where it is in that state already.</summary>
    /// <param name="state">One of <see cref="InvoiceStatus"/>.</param>
    /// <param name="reason">Why, for people.</param>
    public static (Invoice Next, ProblemHttpResult? Refusal) Move(Invoice invoice, string state, string? reason, DateTimeOffset now)
    {
        var due = invoice.Total + invoice.Tax;
        // Nobody pays a credit: where it is issued, it is settled.
        var isCredit = due <= 0 && state == InvoiceStatus.Open;
        if (invoice.Status == (isCredit ? InvoiceStatus.Paid : state))
        {
            return (invoice, null);
        }

        if (!After[invoice.Status].Contains(state))
        {
            return (invoice, Problems.InvoiceStateNotAllowed(invoice.Status, state, After[invoice.Status]));
        }

        if (state is InvoiceStatus.Open or InvoiceStatus.Paid && invoice.BillingId is null)
        {
            return (invoice, Problems.InvoiceNotBilled());
        }

        var next = isCredit || state == InvoiceStatus.Paid ? Paid(invoice, Math.Max(0, due), now)
            : state == InvoiceStatus.Open ? invoice with { Status = state, AmountDue = due, AmountRemaining = due, DueAt = now.AddDays(invoice.PaymentTermDays) }
            : state == InvoiceStatus.Void ? invoice with { Status = state, AmountRemaining = 0 }
            : invoice with { Status = state };
        return (next.Leveled(InvoiceLevel.Success, isCredit ? new InvoiceReason("nothing_due", "It is a credit: nothing is to be paid.", now) : reason is null ? null : new InvoiceReason(ToldBySystem, reason, now)), null);
    }

    private static Invoice Paid(Invoice invoice, long amount, DateTimeOffset now) => invoice with
    {
        Status = InvoiceStatus.Paid, AmountDue = invoice.Total + invoice.Tax, AmountPaid = amount, PaidElsewhere = amount, AmountRemaining = 0, PaidAt = now,
    };
}
