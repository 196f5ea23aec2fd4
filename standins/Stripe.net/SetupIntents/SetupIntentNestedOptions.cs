namespace Stripe;

public class SetupIntentAutomaticPaymentMethodsOptions : INestedOptions
{
    public string AllowRedirects { get; set; }
    public bool? Enabled { get; set; }
}

public class SetupIntentSingleUseOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
}
