namespace Marketplace.Invoicing;

/// <summary>In what an invoice at Stripe is not ours.</summary>
/// <param name="Code"><see cref="OfTotal"/> where what is owed before tax differs, whatever its taxes are; <see cref="OfTaxes"/> where its taxes alone do.</param>
/// <param name="Detail">Names both amounts, and the taxes.</param>
public sealed record InvoiceMismatch(string Code, string Detail)
{
    /// <summary>The amounts before tax differ.</summary>
    public const string OfTotal = "total_mismatch";

    /// <summary>The taxes alone differ.</summary>
    public const string OfTaxes = "tax_mismatch";

    private const string Mark = "/mismatch";

    /// <summary>How an invoice of Stripe's is named that was refused in ours' place, and is not to be ours.</summary>
    public static string Named(string invoiceId) => invoiceId + Mark;

    /// <summary>Whether an invoice of Stripe's was refused and nobody pays for it, although it stays paid there: what the customer's balance settled of it was undone.</summary>
    /// <param name="named">The id of ours in its metadata.</param>
    public static bool IsIdle(string? named, string status, long amountPaid) =>
        named?.EndsWith(Mark, StringComparison.Ordinal) == true && status == "paid" && amountPaid == 0;

    /// <summary>Holds Stripe's invoice against ours; null where it comes to the same, before tax on top, to the minor unit, and bears the setting's taxes.</summary>
    public static InvoiceMismatch? Of(Stripe.Invoice theirs, (long Total, string Currency) ours, TaxSetting tax)
    {
        var before = StripeInvoiceSums.Of(theirs).BeforeTax;
        var taxes = theirs.Difference(tax);
        return before != ours.Total || theirs.Currency != ours.Currency
            ? new(OfTotal, $"Stripe's invoice {theirs.Id} is over {before} {theirs.Currency} before tax, ours over {ours.Total} {ours.Currency}. {taxes}".TrimEnd())
            : taxes is null ? null : new(OfTaxes, $"Stripe's invoice {theirs.Id} comes to ours before tax, with other taxes: {taxes}");
    }
}
