namespace Stripe.Checkout;

public class SessionSubscriptionDataBillingCycleAnchorConfigOptions : INestedOptions
{
    public long? DayOfMonth { get; set; }
    public long? Hour { get; set; }
    public long? Minute { get; set; }
    public long? Month { get; set; }
    public long? Second { get; set; }
}

public class SessionSubscriptionDataBillingModeFlexibleOptions : INestedOptions
{
    public string ProrationDiscounts { get; set; }
}

public class SessionSubscriptionDataBillingModeOptions : INestedOptions
{
    public SessionSubscriptionDataBillingModeFlexibleOptions Flexible { get; set; }
    public string Type { get; set; }
}

public class SessionSubscriptionDataInvoiceSettingsIssuerOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class SessionSubscriptionDataInvoiceSettingsOptions : INestedOptions
{
    public SessionSubscriptionDataInvoiceSettingsIssuerOptions Issuer { get; set; }
}

public class SessionSubscriptionDataOptions : INestedOptions, IHasMetadata
{
    public decimal? ApplicationFeePercent { get; set; }
    public DateTime? BillingCycleAnchor { get; set; }
    public SessionSubscriptionDataBillingCycleAnchorConfigOptions BillingCycleAnchorConfig { get; set; }
    public SessionSubscriptionDataBillingModeOptions BillingMode { get; set; }
    public List<string> DefaultTaxRates { get; set; }
    public string Description { get; set; }
    public SessionSubscriptionDataInvoiceSettingsOptions InvoiceSettings { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string OnBehalfOf { get; set; }
    public SessionSubscriptionDataPendingInvoiceItemIntervalOptions PendingInvoiceItemInterval { get; set; }
    public string ProrationBehavior { get; set; }
    public SessionSubscriptionDataTransferDataOptions TransferData { get; set; }
    public DateTime? TrialEnd { get; set; }
    public long? TrialPeriodDays { get; set; }
    public SessionSubscriptionDataTrialSettingsOptions TrialSettings { get; set; }
}

public class SessionSubscriptionDataPendingInvoiceItemIntervalOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}

public class SessionSubscriptionDataTransferDataOptions : INestedOptions
{
    public decimal? AmountPercent { get; set; }
    public string Destination { get; set; }
}

public class SessionSubscriptionDataTrialSettingsEndBehaviorOptions : INestedOptions
{
    public string MissingPaymentMethod { get; set; }
}

public class SessionSubscriptionDataTrialSettingsOptions : INestedOptions
{
    public SessionSubscriptionDataTrialSettingsEndBehaviorOptions EndBehavior { get; set; }
}
