namespace Stripe;

public class SubscriptionItemCreateOptions : BaseOptions, IHasMetadata
{
    public SubscriptionItemBillingThresholdsOptions BillingThresholds { get; set => field = Assigned.Keep(value); }
    public List<SubscriptionItemDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public Dictionary<string, string> Metadata { get; set; }
    public string PaymentBehavior { get; set; }
    public string Plan { get; set; }
    public string Price { get; set; }
    public SubscriptionItemPriceDataOptions PriceData { get; set; }
    public string ProrationBehavior { get; set; }
    public DateTime? ProrationDate { get; set; }
    public long? Quantity { get; set; }
    public string Subscription { get; set; }
    public List<string> TaxRates { get; set => field = Assigned.Keep(value); }
}

public class SubscriptionItemDeleteOptions : BaseOptions
{
    public bool? ClearUsage { get; set; }
    public string PaymentBehavior { get; set; }
    public string ProrationBehavior { get; set; }
    public DateTime? ProrationDate { get; set; }
}

public class SubscriptionItemGetOptions : BaseOptions;

public class SubscriptionItemListOptions : ListOptions
{
    public string Subscription { get; set; }
}

public class SubscriptionItemUpdateOptions : BaseOptions, IHasMetadata
{
    public SubscriptionItemBillingThresholdsOptions BillingThresholds { get; set => field = Assigned.Keep(value); }
    public List<SubscriptionItemDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public bool? OffSession { get; set; }
    public string PaymentBehavior { get; set; }
    public string Plan { get; set; }
    public string Price { get; set; }
    public SubscriptionItemPriceDataOptions PriceData { get; set; }
    public string ProrationBehavior { get; set; }
    public DateTime? ProrationDate { get; set; }
    public long? Quantity { get; set; }
    public List<string> TaxRates { get; set => field = Assigned.Keep(value); }
}
