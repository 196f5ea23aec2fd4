namespace Stripe;

public class SubscriptionBillingScheduleAppliesToOptions : INestedOptions
{
    public string Price { get; set; }
    public string Type { get; set; }
}

public class SubscriptionBillingScheduleBillUntilDurationOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}

public class SubscriptionBillingScheduleBillUntilOptions : INestedOptions
{
    public SubscriptionBillingScheduleBillUntilDurationOptions Duration { get; set; }
    public DateTime? Timestamp { get; set; }
    public string Type { get; set; }
}

public class SubscriptionBillingScheduleOptions : INestedOptions
{
    public List<SubscriptionBillingScheduleAppliesToOptions> AppliesTo { get; set; }
    public SubscriptionBillingScheduleBillUntilOptions BillUntil { get; set; }
    public string Key { get; set; }
}
