namespace Stripe.Checkout;

public class SessionShippingOptionOptions : INestedOptions
{
    public string ShippingRate { get; set; }
    public SessionShippingOptionShippingRateDataOptions ShippingRateData { get; set; }
}

public class SessionShippingOptionShippingRateDataDeliveryEstimateMaximumOptions : INestedOptions
{
    public string Unit { get; set; }
    public long? Value { get; set; }
}

public class SessionShippingOptionShippingRateDataDeliveryEstimateMinimumOptions : INestedOptions
{
    public string Unit { get; set; }
    public long? Value { get; set; }
}

public class SessionShippingOptionShippingRateDataDeliveryEstimateOptions : INestedOptions
{
    public SessionShippingOptionShippingRateDataDeliveryEstimateMaximumOptions Maximum { get; set; }
    public SessionShippingOptionShippingRateDataDeliveryEstimateMinimumOptions Minimum { get; set; }
}

public class SessionShippingOptionShippingRateDataFixedAmountCurrencyOptionsOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string TaxBehavior { get; set; }
}

public class SessionShippingOptionShippingRateDataFixedAmountOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
    public Dictionary<string, SessionShippingOptionShippingRateDataFixedAmountCurrencyOptionsOptions> CurrencyOptions { get; set; }
}

public class SessionShippingOptionShippingRateDataOptions : INestedOptions, IHasMetadata
{
    public SessionShippingOptionShippingRateDataDeliveryEstimateOptions DeliveryEstimate { get; set; }
    public string DisplayName { get; set; }
    public SessionShippingOptionShippingRateDataFixedAmountOptions FixedAmount { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string TaxBehavior { get; set; }
    public string TaxCode { get; set; }
    public string Type { get; set; }
}
