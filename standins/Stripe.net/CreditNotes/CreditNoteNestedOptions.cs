using Stripe.Infrastructure;

namespace Stripe;

public class CreditNoteLineOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public long? Amount { get; set; }
    public string Description { get; set; }
    public string InvoiceLineItem { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public long? Quantity { get; set; }
    public List<CreditNoteLineTaxAmountOptions> TaxAmounts { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Type { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class CreditNoteLineTaxAmountOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string TaxRate { get; set; }
    public long? TaxableAmount { get; set; }
}

public class CreditNoteRefundOptions : INestedOptions
{
    public long? AmountRefunded { get; set; }
    public CreditNoteRefundPaymentRecordRefundOptions PaymentRecordRefund { get; set; }
    public string Refund { get; set; }
    public string Type { get; set; }
}

public class CreditNoteRefundPaymentRecordRefundOptions : INestedOptions
{
    public string PaymentRecord { get; set; }
    public string RefundGroup { get; set; }
}

public class CreditNoteShippingCostOptions : INestedOptions
{
    public string ShippingRate { get; set; }
}
