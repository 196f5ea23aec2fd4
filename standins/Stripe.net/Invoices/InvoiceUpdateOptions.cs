namespace Stripe;

public class InvoiceUpdateOptions : BaseOptions, IHasMetadata
{
    public List<string> AccountTaxIds { get; set => field = Assigned.Keep(value); }
    public long? ApplicationFeeAmount { get; set; }
    public bool? AutoAdvance { get; set; }
    public InvoiceAutomaticTaxOptions AutomaticTax { get; set; }
    public DateTime? AutomaticallyFinalizesAt { get; set; }
    public string CollectionMethod { get; set; }
    public List<InvoiceCustomFieldOptions> CustomFields { get; set => field = Assigned.Keep(value); }
    public long? DaysUntilDue { get; set; }
    public string DefaultPaymentMethod { get; set; }
    public string DefaultSource { get; set => field = Assigned.Keep(value); }
    public List<string> DefaultTaxRates { get; set => field = Assigned.Keep(value); }
    public string Description { get; set; }
    public List<InvoiceDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public DateTime? DueDate { get; set; }
    public DateTime? EffectiveAt { get; set => field = Assigned.Keep(value); }
    public string Footer { get; set; }
    public InvoiceIssuerOptions Issuer { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Number { get; set => field = Assigned.Keep(value); }
    public string OnBehalfOf { get; set => field = Assigned.Keep(value); }
    public InvoicePaymentSettingsOptions PaymentSettings { get; set; }
    public InvoiceRenderingOptions Rendering { get; set; }
    public InvoiceShippingCostOptions ShippingCost { get; set => field = Assigned.Keep(value); }
    public InvoiceShippingDetailsOptions ShippingDetails { get; set => field = Assigned.Keep(value); }
    public string StatementDescriptor { get; set; }
    public InvoiceTransferDataOptions TransferData { get; set => field = Assigned.Keep(value); }
}
