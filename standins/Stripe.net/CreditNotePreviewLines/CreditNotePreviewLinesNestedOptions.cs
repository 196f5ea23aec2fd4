using Stripe.Infrastructure;

namespace Stripe;

public class CreditNotePreviewLinesLineOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public long? Amount { get; set; }
    public string Description { get; set; }
    public string InvoiceLineItem { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public long? Quantity { get; set; }
    public List<CreditNotePreviewLinesLineTaxAmountOptions> TaxAmounts { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Type { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class CreditNotePreviewLinesLineTaxAmountOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string TaxRate { get; set; }
    public long? TaxableAmount { get; set; }
}

public class CreditNotePreviewLinesRefundOptions : INestedOptions
{
    public long? AmountRefunded { get; set; }
    public CreditNotePreviewLinesRefundPaymentRecordRefundOptions PaymentRecordRefund { get; set; }
    public string Refund { get; set; }
    public string Type { get; set; }
}

public class CreditNotePreviewLinesRefundPaymentRecordRefundOptions : INestedOptions
{
    public string PaymentRecord { get; set; }
    public string RefundGroup { get; set; }
}

public class CreditNotePreviewLinesShippingCostOptions : INestedOptions
{
    public string ShippingRate { get; set; }
}
