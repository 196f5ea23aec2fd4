namespace Stripe;

public class CreditNoteCreateOptions : BaseOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public long? CreditAmount { get; set; }
    public DateTime? EffectiveAt { get; set; }
    public string EmailType { get; set; }
    public string Invoice { get; set; }
    public List<CreditNoteLineOptions> Lines { get; set; }
    public string Memo { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public long? OutOfBandAmount { get; set; }
    public string Reason { get; set; }
    public long? RefundAmount { get; set; }
    public List<CreditNoteRefundOptions> Refunds { get; set; }
    public CreditNoteShippingCostOptions ShippingCost { get; set; }
}

public class CreditNoteGetOptions : BaseOptions;

public class CreditNoteListLineItemsOptions : ListOptions;

public class CreditNoteListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Invoice { get; set; }
}

public class CreditNoteListPreviewLineItemsOptions : ListOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public long? CreditAmount { get; set; }
    public string Invoice { get; set; }
    public string Memo { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public long? OutOfBandAmount { get; set; }
    public string Reason { get; set; }
    public string Refund { get; set; }
    public long? RefundAmount { get; set; }
}

public class CreditNotePreviewOptions : BaseOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public long? CreditAmount { get; set; }
    public DateTime? EffectiveAt { get; set; }
    public string EmailType { get; set; }
    public string Invoice { get; set; }
    public List<CreditNoteLineOptions> Lines { get; set; }
    public string Memo { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public long? OutOfBandAmount { get; set; }
    public string Reason { get; set; }
    public long? RefundAmount { get; set; }
    public List<CreditNoteRefundOptions> Refunds { get; set; }
    public CreditNoteShippingCostOptions ShippingCost { get; set; }
}

public class CreditNoteUpdateOptions : BaseOptions, IHasMetadata
{
    public string Memo { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
}

public class CreditNoteVoidOptions : BaseOptions;
