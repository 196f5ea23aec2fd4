namespace Stripe;

public class SetupIntentCancelOptions : BaseOptions
{
    public string CancellationReason { get; set; }
}

public class SetupIntentConfirmOptions : BaseOptions
{
    public List<string> AllowedPaymentMethodTypes { get; set; }
    public string ClientSecret { get; set; }
    public string ConfirmationToken { get; set; }
    public SetupIntentMandateDataOptions MandateData { get; set => field = Assigned.Keep(value); }
    public string PaymentMethod { get; set; }
    public SetupIntentPaymentMethodDataOptions PaymentMethodData { get; set; }
    public SetupIntentPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public string ReturnUrl { get; set; }
    public bool? UseStripeSdk { get; set; }
}

public class SetupIntentGetOptions : BaseOptions
{
    public string ClientSecret { get; set; }
}

public class SetupIntentListOptions : ListOptions
{
    public bool? AttachToSelf { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string PaymentMethod { get; set; }
}

public class SetupIntentUpdateOptions : BaseOptions, IHasMetadata
{
    public List<string> AllowedPaymentMethodTypes { get; set => field = Assigned.Keep(value); }
    public bool? AttachToSelf { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set => field = Assigned.Keep(value); }
    public List<string> FlowDirections { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string PaymentMethod { get; set; }
    public string PaymentMethodConfiguration { get; set; }
    public SetupIntentPaymentMethodDataOptions PaymentMethodData { get; set; }
    public SetupIntentPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
}

public class SetupIntentVerifyMicrodepositsOptions : BaseOptions
{
    public List<long?> Amounts { get; set; }
    public string DescriptorCode { get; set; }
}
