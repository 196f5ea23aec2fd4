using System.Globalization;
using Marketplace.Contracts.Invoicing;

namespace Marketplace.Invoicing;

/// <summary>Minor units of a currency.</summary>
public sealed record Money(long Amount, string Currency);

/// <summary>A span of time (UTC), end exclusive.</summary>
public sealed record PeriodView(DateTimeOffset Start, DateTimeOffset End);

/// <summary>What an invoice refers to: a product or a plan, with its title then.</summary>
public sealed record InvoiceReference(string Id, string? Title);

/// <summary>One line.</summary>
/// <param name="UnitAmount">Minor units, a decimal string.</param>
public sealed record InvoiceLineResponse(string Kind, string Description, string? Unit, long Quantity, string UnitAmount, Money Amount, PeriodView Period);

/// <summary>An invoice.</summary>
/// <param name="Status"><c>draft</c>, <c>open</c>, <c>paid</c>, <c>past_due</c>, <c>incomplete</c> or <c>void</c>.</param>
/// <param name="Level"><c>pending</c>, <c>success</c> or <c>error</c>: how our own work on it stands.</param>
/// <param name="Reasons">Why it stands so. What is wrong between the provider and Stripe, or in its own billing system, is told to the provider.</param>
/// <param name="Title">What it is for, such as <c>Initial payment</c>.</param>
/// <param name="Subtotal">The sum of the lines, before tax on top.</param>
/// <param name="Tax">Tax on top of the subtotal; nothing until Stripe has reckoned it.</param>
/// <param name="TaxIncluded">Tax within the subtotal.</param>
/// <param name="Total">Subtotal and tax.</param>
/// <param name="BalanceApplied">What the customer's balance at Stripe took off (below zero) or added; null until it is issued.</param>
/// <param name="AmountDue">Total and applied balance: what is to be paid; null until it is issued.</param>
/// <param name="AmountPaid">What was paid, also in part.</param>
/// <param name="AmountRemaining">What is left to pay; null before it is open.</param>
/// <param name="AmountCredited">What credit notes took off before payment.</param>
/// <param name="AmountRefunded">What went back to the payer or is on its way.</param>
/// <param name="PaymentProblem">What stands in the way of its payment; null for nothing.</param>
/// <param name="PastDue">What the organization owes on other invoices whose due date has passed, in the same currency at the same Stripe account.</param>
/// <param name="Due">What remains of this invoice, and the past dues: all that is to be paid.</param>
/// <param name="PaymentTermDays">Days between issue and due date.</param>
/// <param name="Covers">The period whose base price it charges; null for final invoices.</param>
/// <param name="Lines">Only on the single invoice.</param>
/// <param name="Vendor">Who charges it: <c>stripe</c>, or <c>custom</c> for a billing system of the provider's own.</param>
/// <param name="Billing">What that system made of it; null until it has said so, and for Stripe's.</param>
public sealed record InvoiceResponse(
    string Id, string SubscriptionId, string OrganizationId, string ProviderOrganizationId, string BillingIntegrationId, string Kind, string Status, string Level,
    IReadOnlyList<InvoiceReason> Reasons, string Title, string Description, Money Subtotal, Money Tax, Money TaxIncluded, Money Total, Money? BalanceApplied, Money? AmountDue,
    Money AmountPaid, Money? AmountRemaining, Money AmountCredited, Money AmountRefunded, PaymentProblem? PaymentProblem, Money PastDue, Money Due, InvoiceReference? Product, InvoiceReference? Plan, string? Number, string? HostedInvoiceUrl,
    string? InvoicePdf, PeriodView? Covers, int PaymentTermDays, DateTimeOffset? DueAt, DateTimeOffset? PaidAt, DateTimeOffset CreatedAt, IReadOnlyList<InvoiceLineResponse>? Lines,
    string Vendor, BillingStatement? Billing);

/// <summary>A line's row.</summary>
internal sealed record InvoiceLine(
    string Kind, string Description, string? Unit, long Quantity, decimal UnitAmount, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>Shows invoices.</summary>
internal static class InvoiceView
{
    private const string ByProvider = "The provider has to put something right before this invoice can go on; it has been told what.";

    /// <summary>An invoice as it is answered.</summary>
    /// <param name="pastDue">What the organization owes on others.</param>
    /// <param name="toProvider">Whether the reader may know what is wrong between the provider and Stripe.</param>
    public static InvoiceResponse Show(Invoice i, long pastDue, bool toProvider, IReadOnlyList<InvoiceLine>? lines)
    {
        // Until Stripe has said, what is asked for is what we rated; a void invoice asks for nothing.
        var remaining = i.Status == InvoiceStatus.Void ? 0 : i.AmountRemaining ?? (i.IsSettled ? 0 : Math.Max(0, i.Total));
        return new(
            i.Id, i.SubscriptionId, i.OrganizationId, i.ProviderOrganizationId, i.IntegrationId, i.Kind, i.Status, i.Level, Reasons(i, toProvider), Title(i.Kind), i.Description,
            Of(i.Total), Of(i.Tax), Of(i.TaxIncluded), Of(i.Total + i.Tax), Maybe(i.StartingBalance - i.EndingBalance), Maybe(i.AmountDue),
            Of(i.AmountPaid), Maybe(i.AmountRemaining), Of(i.AmountCredited), Of(i.AmountRefunded), i.ReadProblem(), Of(pastDue), Of(remaining + pastDue), Reference(i.ProductId, i.ProductTitle), Reference(i.PlanId, i.PlanTitle), i.Number,
            i.HostedInvoiceUrl, i.InvoicePdf, i is { CoversFrom: { } from, CoversTo: { } to } ? new(from, to) : null, i.PaymentTermDays, i.DueAt, i.PaidAt, i.CreatedAt,
            lines?.Select(l => new InvoiceLineResponse(
                l.Kind, l.Description, l.Unit, l.Quantity, Plain(l.UnitAmount), Of(l.Amount), new(l.PeriodStart, l.PeriodEnd))).ToList(),
            i.Vendor, BillingStatement.Read(i));

        Money Of(long amount) => new(amount, i.Currency);

        Money? Maybe(long? amount) => amount is { } known ? Of(known) : null;
    }

    /// <summary>A unit price as it is answered.</summary>
    public static string Plain(decimal amount) => amount.ToString("0.############", CultureInfo.InvariantCulture);

    private static IReadOnlyList<InvoiceReason> Reasons(Invoice invoice, bool toProvider)
    {
        var reasons = invoice.ReadReasons();
        // An error of the provider's own billing system concerns the consumer as little as one of a job.
        var ofSystem = invoice is { IsCustom: true, Level: InvoiceLevel.Error };
        return toProvider ? reasons : [.. reasons.Select(r => ofSystem || r.Type.StartsWith("job_", StringComparison.Ordinal) ? r with { Detail = ByProvider } : r)];
    }

    private static InvoiceReference? Reference(string? id, string? title) => id is null ? null : new(id, title);

    private static string Title(string kind) => kind switch
    {
        "initial" => "Initial payment",
        "final" => "Final payment",
        "change" => "Plan change",
        _ => "Periodic payment",
    };
}
