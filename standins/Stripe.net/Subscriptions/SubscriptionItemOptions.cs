using Stripe.Infrastructure;

namespace Stripe;

public class SubscriptionItemBillingThresholdsOptions : INestedOptions
{
    public long? UsageGte { get; set; }
}

public class SubscriptionItemDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string Discount { get; set; }
    public string PromotionCode { get; set; }
}

public class SubscriptionItemOptions : INestedOptions, IHasId, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public SubscriptionItemBillingThresholdsOptions BillingThresholds { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public bool? ClearUsage { get; set; }
    public bool? Deleted { get; set; }
    public List<SubscriptionItemDiscountOptions> Discounts { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Id { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Plan { get; set; }
    public string Price { get; set; }
    public SubscriptionItemPriceDataOptions PriceData { get; set; }
    public long? Quantity { get; set; }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SubscriptionItemPriceDataOptions : INestedOptions
{
    public string Currency { get; set; }
    public string Product { get; set; }
    public SubscriptionItemPriceDataRecurringOptions Recurring { get; set; }
    public string TaxBehavior { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class SubscriptionItemPriceDataRecurringOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}
