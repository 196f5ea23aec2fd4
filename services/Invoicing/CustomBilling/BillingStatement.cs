using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>What the provider's billing system made of an invoice.</summary>
/// <param name="Id">What that system calls it; no two invoices of an integration have the same.</param>
/// <param name="Number">What stands on it.</param>
/// <param name="IssueDate">The date on it; time to pay runs from when the invoice is open, whatever the date.</param>
/// <param name="CustomerId">What that system calls the customer.</param>
/// <param name="Link">Where it is paid or looked at.</param>
public sealed record BillingStatement(
    [property: Required, PlainText(200)] string Id,
    [property: Required, PlainText(100)] string Number,
    [property: Required] DateOnly? IssueDate,
    [property: Required] BilledAmount? Amount,
    [property: PlainText(200)] string? CustomerId = null,
    [property: WebAddress] string? Link = null)
{
    /// <summary>The invoice as billed so, or why not; the same invoice where it is billed so already.</summary>
    public (Invoice Next, ProblemHttpResult? Refusal) Of(Invoice invoice, DateTimeOffset now)
    {
        if (this == Read(invoice))
        {
            return (invoice, null);
        }

        if ((Amount!.Refuse(invoice) ?? RefuseDate(now) ?? (invoice.IsSettled ? Problems.InvoiceSettled(invoice.Status) : null)) is { } refusal)
        {
            return (invoice, refusal);
        }

        var next = invoice with
        {
            BillingId = Id, Billing = JsonSerializer.Serialize(this, JsonSerializerOptions.Web), Number = Number, HostedInvoiceUrl = Link, Tax = Amount.Taxes, AmountDue = invoice.Total + Amount.Taxes,
        };
        return (next with { AmountRemaining = invoice.Status == InvoiceStatus.Draft ? null : Math.Max(0, next.Total + next.Tax) }, null);
    }

    /// <summary>What an invoice was billed as; null before it was.</summary>
    public static BillingStatement? Read(Invoice invoice) => invoice.Billing is null ? null : JsonSerializer.Deserialize<BillingStatement>(invoice.Billing, JsonSerializerOptions.Web);

    // A day ahead is a calendar east of here.
    private ProblemHttpResult? RefuseDate(DateTimeOffset now) => IssueDate!.Value > DateOnly.FromDateTime(now.UtcDateTime).AddDays(1)
        ? Problem.Invalid("issueDate", "An invoice is not issued in the future.")
        : null;
}

/// <summary>What is charged, in minor units.</summary>
/// <param name="Currency">The invoice's.</param>
/// <param name="Total">This invoice before taxes on top: its <c>subtotal</c>.</param>
/// <param name="Due">All that is to be paid: total, taxes and past dues.</param>
/// <param name="Taxes">What comes on top of the total.</param>
/// <param name="PastDues">What is still owed on earlier ones, as that system has it.</param>
public sealed record BilledAmount(
    [property: Required, StringLength(3, MinimumLength = 3), PlainText] string Currency,
    [property: Required, Range(-99_999_999_999, 99_999_999_999)] long? Total,
    [property: Required, Range(-99_999_999_999, 999_999_999_999)] long? Due,
    [property: Range(-99_999_999_999, 99_999_999_999)] long Taxes = 0,
    [property: Range(0, 99_999_999_999)] long PastDues = 0)
{
    /// <summary>Why these are not the invoice's amounts, or null. What we rated is what is charged, to the minor unit.</summary>
    internal ProblemHttpResult? Refuse(Invoice invoice) =>
        !string.Equals(Currency, invoice.Currency, StringComparison.OrdinalIgnoreCase) ? Problems.BillingAmountMismatch("amount.currency", "The currency is the invoice's.", invoice.Currency)
        : Total != invoice.Total ? Problems.BillingAmountMismatch("amount.total", "The total is the invoice's subtotal; taxes are stated beside it.", invoice.Total)
        : Taxes != 0 && (Taxes > 0) != (invoice.Total > 0) ? Problem.Invalid("amount.taxes", "Taxes have the sign of the total.")
        : Due != Total + Taxes + PastDues ? Problems.BillingAmountMismatch("amount.due", "Due are total, taxes and past dues.", Total.Value + Taxes + PastDues)
        : null;
}
