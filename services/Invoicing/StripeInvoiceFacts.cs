namespace Marketplace.Invoicing;

/// <summary>What Stripe says about one of our invoices at one moment.</summary>
/// <param name="Status">Stripe's own word: <c>draft</c>, <c>open</c>, <c>paid</c>, <c>uncollectible</c> or <c>void</c>; <c>deleted</c> for a deleted draft.</param>
/// <param name="Amounts">What was paid and what is left; null where that was not looked at.</param>
/// <param name="Problem">What stands in the way of its payment; null where that was not looked at.</param>
/// <param name="Sums">What it comes to; null where it is not there any more.</param>
public sealed record StripeInvoiceFacts(
    string Status, string? Number, string? HostedInvoiceUrl, string? InvoicePdf, DateTimeOffset? DueAt, DateTimeOffset? PaidAt,
    PaidAmounts? Amounts = null, PaymentProblemRead? Problem = null, StripeInvoiceSums? Sums = null);

/// <summary>What Stripe's invoice comes to, in minor units.</summary>
/// <param name="Total">With all taxes.</param>
/// <param name="Tax">On top of what we rated.</param>
/// <param name="TaxIncluded">Within what we rated.</param>
/// <param name="AmountDue">The total after what the customer's balance took off or added.</param>
/// <param name="StartingBalance">The customer's balance before it; below zero it is credit.</param>
/// <param name="EndingBalance">The balance after it; null until it is issued.</param>
public sealed record StripeInvoiceSums(
    long Total, long Tax, long TaxIncluded, long AmountDue, long StartingBalance, long? EndingBalance)
{
    /// <summary>What is charged before tax on top: to the minor unit what we rated, or nothing becomes payable.</summary>
    public long BeforeTax => Total - Tax;

    /// <summary>The sums of an invoice as the client read it.</summary>
    public static StripeInvoiceSums Of(Stripe.Invoice invoice) => new(
        invoice.Total, Taxes(invoice, "exclusive"), Taxes(invoice, "inclusive"), invoice.AmountDue, invoice.StartingBalance, invoice.EndingBalance);

    /// <summary>Why nothing was paid for an invoice over something: where the amount went.</summary>
    public InvoiceReason? WhyNothingIsDue(string currency, DateTimeOffset now) => (AmountDue, Total) switch
    {
        not (0, not 0) => null,
        (_, < 0) => new("credit_kept", $"{Currencies.Print(-Total, currency)} are kept on the balance at Stripe and are taken off the next invoices.", now),
        _ when EndingBalance > 0 => new("below_minimum", $"Less than Stripe charges: {Currencies.Print(EndingBalance.Value, currency)} wait on the balance at Stripe and come with the next invoice.", now),
        _ when StartingBalance < 0 => new("paid_from_balance", $"Paid from the credit of {Currencies.Print(-StartingBalance, currency)} on the balance at Stripe.", now),
        _ => null,
    };

    private static long Taxes(Stripe.Invoice invoice, string behavior) => invoice.TotalTaxes?.Where(tax => tax.TaxBehavior == behavior).Sum(tax => tax.Amount) ?? 0;
}
