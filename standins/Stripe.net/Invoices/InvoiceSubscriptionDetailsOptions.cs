using Stripe.Infrastructure;

namespace Stripe;

public class InvoiceSubscriptionDetailsBillingCycleAnchor : StringEnum
{
    public static readonly InvoiceSubscriptionDetailsBillingCycleAnchor Now = new("now");
    public static readonly InvoiceSubscriptionDetailsBillingCycleAnchor Unchanged = new("unchanged");

    private InvoiceSubscriptionDetailsBillingCycleAnchor(string value) : base(value)
    {
    }
}

public class InvoiceSubscriptionDetailsBillingModeFlexibleOptions : INestedOptions
{
    public string ProrationDiscounts { get; set; }
}

public class InvoiceSubscriptionDetailsBillingModeOptions : INestedOptions
{
    public InvoiceSubscriptionDetailsBillingModeFlexibleOptions Flexible { get; set; }
    public string Type { get; set; }
}

public class InvoiceSubscriptionDetailsBillingScheduleAppliesToOptions : INestedOptions
{
    public string Price { get; set; }
    public string Type { get; set; }
}

public class InvoiceSubscriptionDetailsBillingScheduleBillUntilDurationOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}

public class InvoiceSubscriptionDetailsBillingScheduleBillUntilOptions : INestedOptions
{
    public InvoiceSubscriptionDetailsBillingScheduleBillUntilDurationOptions Duration { get; set; }
    public DateTime? Timestamp { get; set; }
    public string Type { get; set; }
}

public class InvoiceSubscriptionDetailsBillingScheduleOptions : INestedOptions
{
    public List<InvoiceSubscriptionDetailsBillingScheduleAppliesToOptions> AppliesTo { get; set; }
    public InvoiceSubscriptionDetailsBillingScheduleBillUntilOptions BillUntil { get; set; }
    public string Key { get; set; }
}

public class InvoiceSubscriptionDetailsCancelAt : StringEnum
{
    public static readonly InvoiceSubscriptionDetailsCancelAt MaxBilledUntil = new("max_billed_until");
    public static readonly InvoiceSubscriptionDetailsCancelAt MaxPeriodEnd = new("max_period_end");
    public static readonly InvoiceSubscriptionDetailsCancelAt MinPeriodEnd = new("min_period_end");

    private InvoiceSubscriptionDetailsCancelAt(string value) : base(value)
    {
    }
}

public class InvoiceSubscriptionDetailsItemBillingThresholdsOptions : INestedOptions
{
    public long? UsageGte { get; set; }
}

public class InvoiceSubscriptionDetailsItemDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string Discount { get; set; }
    public string PromotionCode { get; set; }
}

public class InvoiceSubscriptionDetailsItemOptions : INestedOptions, IHasId, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public InvoiceSubscriptionDetailsItemBillingThresholdsOptions BillingThresholds { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public bool? ClearUsage { get; set; }
    public bool? Deleted { get; set; }
    public List<InvoiceSubscriptionDetailsItemDiscountOptions> Discounts { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Id { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Plan { get; set; }
    public string Price { get; set; }
    public InvoiceSubscriptionDetailsItemPriceDataOptions PriceData { get; set; }
    public long? Quantity { get; set; }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoiceSubscriptionDetailsItemPriceDataOptions : INestedOptions
{
    public string Currency { get; set; }
    public string Product { get; set; }
    public InvoiceSubscriptionDetailsItemPriceDataRecurringOptions Recurring { get; set; }
    public string TaxBehavior { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class InvoiceSubscriptionDetailsItemPriceDataRecurringOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}

public class InvoiceSubscriptionDetailsOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public AnyOf<DateTime?, InvoiceSubscriptionDetailsBillingCycleAnchor> BillingCycleAnchor { get; set; }
    public InvoiceSubscriptionDetailsBillingModeOptions BillingMode { get; set; }
    public List<InvoiceSubscriptionDetailsBillingScheduleOptions> BillingSchedules { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public AnyOf<DateTime?, InvoiceSubscriptionDetailsCancelAt> CancelAt { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public bool? CancelAtPeriodEnd { get; set; }
    public bool? CancelNow { get; set; }
    public List<string> DefaultTaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<InvoiceSubscriptionDetailsItemOptions> Items { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string ProrationBehavior { get; set; }
    public DateTime? ProrationDate { get; set; }
    public string ResumeAt { get; set; }
    public DateTime? StartDate { get; set; }
    public AnyOf<DateTime?, InvoiceSubscriptionDetailsTrialEnd> TrialEnd { get; set; }
}

public class InvoiceSubscriptionDetailsTrialEnd : StringEnum
{
    public static readonly InvoiceSubscriptionDetailsTrialEnd Now = new("now");

    private InvoiceSubscriptionDetailsTrialEnd(string value) : base(value)
    {
    }
}
