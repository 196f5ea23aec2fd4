namespace Stripe;

public class PaymentIntentApplyCustomerBalanceOptions : BaseOptions
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
}

public class PaymentIntentCancelOptions : BaseOptions
{
    public string CancellationReason { get; set; }
}

public class PaymentIntentCaptureOptions : BaseOptions, IHasMetadata
{
    public long? AmountToCapture { get; set; }
    public long? ApplicationFeeAmount { get; set; }
    public bool? FinalCapture { get; set; }
    public PaymentIntentHooksOptions Hooks { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public PaymentIntentTransferDataOptions TransferData { get; set; }
}

public class PaymentIntentGetOptions : BaseOptions
{
    public string ClientSecret { get; set; }
}

public class PaymentIntentIncrementAuthorizationOptions : BaseOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public long? ApplicationFeeAmount { get; set; }
    public string Description { get; set; }
    public PaymentIntentHooksOptions Hooks { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string StatementDescriptor { get; set; }
    public PaymentIntentTransferDataOptions TransferData { get; set; }
}

public class PaymentIntentListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
}

public class PaymentIntentSearchOptions : SearchOptions;

public class PaymentIntentVerifyMicrodepositsOptions : BaseOptions
{
    public List<long?> Amounts { get; set; }
    public string DescriptorCode { get; set; }
}
