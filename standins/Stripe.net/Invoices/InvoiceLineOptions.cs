using Stripe.Infrastructure;

namespace Stripe;

public class InvoiceLineDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string Discount { get; set; }
    public string PromotionCode { get; set; }
}

public class InvoiceLineOptions : INestedOptions, IHasMetadata, IHasId, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public long? Amount { get; set; }
    public string Behavior { get; set; }
    public string Description { get; set; }
    public bool? Discountable { get; set; }
    public List<InvoiceLineDiscountOptions> Discounts { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Id { get; set; }
    public string InvoiceItem { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoiceLinePeriodOptions Period { get; set; }
    public InvoiceLinePriceDataOptions PriceData { get; set; }
    public InvoiceLinePricingOptions Pricing { get; set; }
    public long? Quantity { get; set; }
    public decimal? QuantityDecimal { get; set; }
    public List<InvoiceLineTaxAmountOptions> TaxAmounts { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoiceLinePeriodOptions : INestedOptions
{
    public DateTime? End { get; set; }
    public DateTime? Start { get; set; }
}

public class InvoiceLinePriceDataOptions : INestedOptions
{
    public string Currency { get; set; }
    public string Product { get; set; }
    public InvoiceLinePriceDataProductDataOptions ProductData { get; set; }
    public string TaxBehavior { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class InvoiceLinePriceDataProductDataOptions : INestedOptions, IHasMetadata
{
    public string Description { get; set; }
    public List<string> Images { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public string TaxCode { get; set; }
    public string UnitLabel { get; set; }
}

public class InvoiceLinePricingOptions : INestedOptions
{
    public string Price { get; set; }
}

public class InvoiceLineTaxAmountOptions : INestedOptions
{
    public long? Amount { get; set; }
    public InvoiceLineTaxAmountTaxRateDataOptions TaxRateData { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
}

public class InvoiceLineTaxAmountTaxRateDataOptions : INestedOptions
{
    public string Country { get; set; }
    public string Description { get; set; }
    public string DisplayName { get; set; }
    public bool? Inclusive { get; set; }
    public string Jurisdiction { get; set; }
    public string JurisdictionLevel { get; set; }
    public decimal? Percentage { get; set; }
    public string State { get; set; }
    public string TaxType { get; set; }
}
