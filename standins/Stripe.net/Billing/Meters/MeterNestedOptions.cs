namespace Stripe.Billing;

public class MeterCustomerMappingOptions : INestedOptions
{
    public string EventPayloadKey { get; set; }
    public string Type { get; set; }
}

public class MeterDefaultAggregationOptions : INestedOptions
{
    public string Formula { get; set; }
}

public class MeterValueSettingsOptions : INestedOptions
{
    public string EventPayloadKey { get; set; }
}
