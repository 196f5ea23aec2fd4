using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

public class ConfigurationFeaturesCustomerUpdateOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public List<string> AllowedUpdates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public bool? Enabled { get; set; }
}

public class ConfigurationFeaturesInvoiceHistoryOptions : INestedOptions
{
    public bool? Enabled { get; set; }
}

public class ConfigurationFeaturesOptions : INestedOptions
{
    public ConfigurationFeaturesCustomerUpdateOptions CustomerUpdate { get; set; }
    public ConfigurationFeaturesInvoiceHistoryOptions InvoiceHistory { get; set; }
    public ConfigurationFeaturesPaymentMethodUpdateOptions PaymentMethodUpdate { get; set; }
    public ConfigurationFeaturesSubscriptionCancelOptions SubscriptionCancel { get; set; }
    public ConfigurationFeaturesSubscriptionUpdateOptions SubscriptionUpdate { get; set; }
}

public class ConfigurationFeaturesPaymentMethodUpdateOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public bool? Enabled { get; set; }
    public string PaymentMethodConfiguration { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class ConfigurationFeaturesSubscriptionCancelCancellationReasonOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public bool? Enabled { get; set; }
    public List<string> Options { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class ConfigurationFeaturesSubscriptionCancelOptions : INestedOptions
{
    public ConfigurationFeaturesSubscriptionCancelCancellationReasonOptions CancellationReason { get; set; }
    public bool? Enabled { get; set; }
    public string Mode { get; set; }
    public string ProrationBehavior { get; set; }
}

public class ConfigurationFeaturesSubscriptionUpdateOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string BillingCycleAnchor { get; set; }
    public List<string> DefaultAllowedUpdates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public bool? Enabled { get; set; }
    public List<ConfigurationFeaturesSubscriptionUpdateProductOptions> Products { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string ProrationBehavior { get; set; }
    public ConfigurationFeaturesSubscriptionUpdateScheduleAtPeriodEndOptions ScheduleAtPeriodEnd { get; set; }
    public string TrialUpdateBehavior { get; set; }
}

public class ConfigurationFeaturesSubscriptionUpdateProductAdjustableQuantityOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
}

public class ConfigurationFeaturesSubscriptionUpdateProductOptions : INestedOptions
{
    public ConfigurationFeaturesSubscriptionUpdateProductAdjustableQuantityOptions AdjustableQuantity { get; set; }
    public List<string> Prices { get; set; }
    public string Product { get; set; }
}

public class ConfigurationFeaturesSubscriptionUpdateScheduleAtPeriodEndConditionOptions : INestedOptions
{
    public string Type { get; set; }
}

public class ConfigurationFeaturesSubscriptionUpdateScheduleAtPeriodEndOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public List<ConfigurationFeaturesSubscriptionUpdateScheduleAtPeriodEndConditionOptions> Conditions { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}
