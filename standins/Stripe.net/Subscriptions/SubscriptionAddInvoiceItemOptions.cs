using Stripe.Infrastructure;

namespace Stripe;

public class SubscriptionAddInvoiceItemDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string Discount { get; set; }
    public string PromotionCode { get; set; }
}

public class SubscriptionAddInvoiceItemOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public bool? Discountable { get; set; }
    public List<SubscriptionAddInvoiceItemDiscountOptions> Discounts { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public SubscriptionAddInvoiceItemPeriodOptions Period { get; set; }
    public string Price { get; set; }
    public SubscriptionAddInvoiceItemPriceDataOptions PriceData { get; set; }
    public long? Quantity { get; set; }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SubscriptionAddInvoiceItemPeriodEndOptions : INestedOptions
{
    public DateTime? Timestamp { get; set; }
    public string Type { get; set; }
}

public class SubscriptionAddInvoiceItemPeriodOptions : INestedOptions
{
    public SubscriptionAddInvoiceItemPeriodEndOptions End { get; set; }
    public SubscriptionAddInvoiceItemPeriodStartOptions Start { get; set; }
}

public class SubscriptionAddInvoiceItemPeriodStartOptions : INestedOptions
{
    public DateTime? Timestamp { get; set; }
    public string Type { get; set; }
}

public class SubscriptionAddInvoiceItemPriceDataOptions : INestedOptions
{
    public string Currency { get; set; }
    public string Product { get; set; }
    public string TaxBehavior { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}
