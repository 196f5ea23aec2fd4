namespace Stripe.Billing;

public class MeterCreateOptions : BaseOptions
{
    public MeterCustomerMappingOptions CustomerMapping { get; set; }
    public MeterDefaultAggregationOptions DefaultAggregation { get; set; }
    public string DisplayName { get; set; }
    public string EventName { get; set; }
    public string EventTimeWindow { get; set; }
    public MeterValueSettingsOptions ValueSettings { get; set; }
}

public class MeterDeactivateOptions : BaseOptions;

public class MeterGetOptions : BaseOptions;

public class MeterListOptions : ListOptions
{
    public string Status { get; set; }
}

public class MeterReactivateOptions : BaseOptions;

public class MeterUpdateOptions : BaseOptions
{
    public string DisplayName { get; set; }
}
