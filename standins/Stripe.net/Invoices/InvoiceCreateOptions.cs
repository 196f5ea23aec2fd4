namespace Stripe;

public class InvoiceCreateOptions : BaseOptions, IHasMetadata
{
    public List<string> AccountTaxIds { get; set => field = Assigned.Keep(value); }
    public long? ApplicationFeeAmount { get; set; }
    public bool? AutoAdvance { get; set; }
    public InvoiceAutomaticTaxOptions AutomaticTax { get; set; }
    public DateTime? AutomaticallyFinalizesAt { get; set; }
    public string CollectionMethod { get; set; }
    public string Currency { get; set; }
    public List<InvoiceCustomFieldOptions> CustomFields { get; set => field = Assigned.Keep(value); }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public long? DaysUntilDue { get; set; }
    public string DefaultPaymentMethod { get; set; }
    public string DefaultSource { get; set; }
    public List<string> DefaultTaxRates { get; set; }
    public string Description { get; set; }
    public List<InvoiceDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public DateTime? DueDate { get; set; }
    public DateTime? EffectiveAt { get; set; }
    public string Footer { get; set; }
    public InvoiceFromInvoiceOptions FromInvoice { get; set; }
    public InvoiceIssuerOptions Issuer { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Number { get; set; }
    public string OnBehalfOf { get; set; }
    public InvoicePaymentSettingsOptions PaymentSettings { get; set; }
    public string PendingInvoiceItemsBehavior { get; set; }
    public InvoiceRenderingOptions Rendering { get; set; }
    public InvoiceShippingCostOptions ShippingCost { get; set; }
    public InvoiceShippingDetailsOptions ShippingDetails { get; set; }
    public string StatementDescriptor { get; set; }
    public string Subscription { get; set; }
    public InvoiceTransferDataOptions TransferData { get; set; }
}
