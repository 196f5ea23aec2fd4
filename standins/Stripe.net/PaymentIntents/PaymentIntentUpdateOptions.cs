namespace Stripe;

public class PaymentIntentUpdateOptions : BaseOptions, IHasMetadata
{
    public List<string> AllowedPaymentMethodTypes { get; set; }
    public long? Amount { get; set; }
    public long? ApplicationFeeAmount { get; set => field = Assigned.Keep(value); }
    public string CaptureMethod { get; set; }
    public string Currency { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set => field = Assigned.Keep(value); }
    public PaymentIntentHooksOptions Hooks { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string PaymentMethod { get; set; }
    public string PaymentMethodConfiguration { get; set; }
    public PaymentIntentPaymentMethodDataOptions PaymentMethodData { get; set; }
    public PaymentIntentPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    public string ReceiptEmail { get; set => field = Assigned.Keep(value); }
    public string SetupFutureUsage { get; set => field = Assigned.Keep(value); }
    public ChargeShippingOptions Shipping { get; set => field = Assigned.Keep(value); }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public PaymentIntentTransferDataOptions TransferData { get; set; }
    public string TransferGroup { get; set; }
}
