namespace Stripe;

public class InvoiceShippingCostOptions : INestedOptions
{
    public string ShippingRate { get; set; }
    public InvoiceShippingCostShippingRateDataOptions ShippingRateData { get; set; }
}

public class InvoiceShippingCostShippingRateDataDeliveryEstimateMaximumOptions : INestedOptions
{
    public string Unit { get; set; }
    public long? Value { get; set; }
}

public class InvoiceShippingCostShippingRateDataDeliveryEstimateMinimumOptions : INestedOptions
{
    public string Unit { get; set; }
    public long? Value { get; set; }
}

public class InvoiceShippingCostShippingRateDataDeliveryEstimateOptions : INestedOptions
{
    public InvoiceShippingCostShippingRateDataDeliveryEstimateMaximumOptions Maximum { get; set; }
    public InvoiceShippingCostShippingRateDataDeliveryEstimateMinimumOptions Minimum { get; set; }
}

public class InvoiceShippingCostShippingRateDataFixedAmountCurrencyOptionsOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string TaxBehavior { get; set; }
}

public class InvoiceShippingCostShippingRateDataFixedAmountOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
    public Dictionary<string, InvoiceShippingCostShippingRateDataFixedAmountCurrencyOptionsOptions> CurrencyOptions { get; set; }
}

public class InvoiceShippingCostShippingRateDataOptions : INestedOptions, IHasMetadata
{
    public InvoiceShippingCostShippingRateDataDeliveryEstimateOptions DeliveryEstimate { get; set; }
    public string DisplayName { get; set; }
    public InvoiceShippingCostShippingRateDataFixedAmountOptions FixedAmount { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string TaxBehavior { get; set; }
    public string TaxCode { get; set; }
    public string Type { get; set; }
}
