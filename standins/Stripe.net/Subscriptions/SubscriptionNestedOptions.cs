using Stripe.Infrastructure;

namespace Stripe;

public class SubscriptionAutomaticTaxLiabilityOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class SubscriptionAutomaticTaxOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public SubscriptionAutomaticTaxLiabilityOptions Liability { get; set; }
}

public class SubscriptionBillingCycleAnchor : StringEnum
{
    public static readonly SubscriptionBillingCycleAnchor Now = new("now");
    public static readonly SubscriptionBillingCycleAnchor Unchanged = new("unchanged");

    private SubscriptionBillingCycleAnchor(string value) : base(value)
    {
    }
}

public class SubscriptionBillingCycleAnchorConfigOptions : INestedOptions
{
    public long? DayOfMonth { get; set; }
    public long? Hour { get; set; }
    public long? Minute { get; set; }
    public long? Month { get; set; }
    public long? Second { get; set; }
}

public class SubscriptionBillingModeFlexibleOptions : INestedOptions
{
    public string ProrationDiscounts { get; set; }
}

public class SubscriptionBillingModeOptions : INestedOptions
{
    public SubscriptionBillingModeFlexibleOptions Flexible { get; set; }
    public string Type { get; set; }
}

public class SubscriptionBillingThresholdsOptions : INestedOptions
{
    public long? AmountGte { get; set; }
    public bool? ResetBillingCycleAnchor { get; set; }
}

public class SubscriptionCancelAt : StringEnum
{
    public static readonly SubscriptionCancelAt MaxBilledUntil = new("max_billed_until");
    public static readonly SubscriptionCancelAt MaxPeriodEnd = new("max_period_end");
    public static readonly SubscriptionCancelAt MinPeriodEnd = new("min_period_end");

    private SubscriptionCancelAt(string value) : base(value)
    {
    }
}

public class SubscriptionCancellationDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string Comment { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Feedback { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SubscriptionDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string Discount { get; set; }
    public string PromotionCode { get; set; }
}

public class SubscriptionInvoiceSettingsCustomFieldOptions : INestedOptions
{
    public string Name { get; set; }
    public string Value { get; set; }
}

public class SubscriptionInvoiceSettingsIssuerOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class SubscriptionInvoiceSettingsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public List<string> AccountTaxIds { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<SubscriptionInvoiceSettingsCustomFieldOptions> CustomFields { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Description { get; set; }
    public string Footer { get; set; }
    public SubscriptionInvoiceSettingsIssuerOptions Issuer { get; set; }
}

public class SubscriptionPauseCollectionOptions : INestedOptions
{
    public string Behavior { get; set; }
    public DateTime? ResumesAt { get; set; }
}

public class SubscriptionPendingInvoiceItemIntervalOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}

public class SubscriptionTransferDataOptions : INestedOptions
{
    public decimal? AmountPercent { get; set; }
    public string Destination { get; set; }
}

public class SubscriptionTrialEnd : StringEnum
{
    public static readonly SubscriptionTrialEnd Now = new("now");

    private SubscriptionTrialEnd(string value) : base(value)
    {
    }
}

public class SubscriptionTrialSettingsEndBehaviorOptions : INestedOptions
{
    public string MissingPaymentMethod { get; set; }
}

public class SubscriptionTrialSettingsOptions : INestedOptions
{
    public SubscriptionTrialSettingsEndBehaviorOptions EndBehavior { get; set; }
}
