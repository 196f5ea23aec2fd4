namespace Stripe;

public class InvoiceItemCreateOptions : BaseOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public bool? Discountable { get; set; }
    public List<InvoiceItemDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public string Invoice { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public InvoiceItemPeriodOptions Period { get; set; }
    public InvoiceItemPriceDataOptions PriceData { get; set; }
    public InvoiceItemPricingOptions Pricing { get; set; }
    public long? Quantity { get; set; }
    public decimal? QuantityDecimal { get; set; }
    public string Subscription { get; set; }
    public string TaxBehavior { get; set; }
    public string TaxCode { get; set => field = Assigned.Keep(value); }
    public List<string> TaxRates { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}
