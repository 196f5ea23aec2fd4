namespace Stripe;

public class SubscriptionCancelOptions : BaseOptions
{
    public SubscriptionCancellationDetailsOptions CancellationDetails { get; set; }
    public bool? InvoiceNow { get; set; }
    public bool? Prorate { get; set; }
}

public class SubscriptionDeleteDiscountOptions : BaseOptions;

public class SubscriptionGetOptions : BaseOptions;

public class SubscriptionListOptions : ListOptions
{
    public SubscriptionAutomaticTaxOptions AutomaticTax { get; set; }
    public string CollectionMethod { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> CurrentPeriodEnd { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> CurrentPeriodStart { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Plan { get; set; }
    public string Price { get; set; }
    public string Status { get; set; }
    public string TestClock { get; set; }
}

public class SubscriptionMigrateOptions : BaseOptions
{
    public SubscriptionBillingModeOptions BillingMode { get; set; }
}

public class SubscriptionResumeOptions : BaseOptions
{
    public SubscriptionBillingCycleAnchor BillingCycleAnchor { get; set; }
    public string ProrationBehavior { get; set; }
    public DateTime? ProrationDate { get; set; }
}

public class SubscriptionSearchOptions : SearchOptions;
