namespace Stripe;

public class PaymentIntentCreateOptions : BaseOptions, IHasMetadata
{
    public List<string> AllowedPaymentMethodTypes { get; set; }
    public long? Amount { get; set; }
    public long? ApplicationFeeAmount { get; set; }
    public PaymentIntentAutomaticPaymentMethodsOptions AutomaticPaymentMethods { get; set; }
    public string CaptureMethod { get; set; }
    public bool? Confirm { get; set; }
    public string ConfirmationMethod { get; set; }
    public string ConfirmationToken { get; set; }
    public string Currency { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public bool? ErrorOnRequiresAction { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set; }
    public PaymentIntentHooksOptions Hooks { get; set; }
    public string Mandate { get; set; }
    public PaymentIntentMandateDataOptions MandateData { get; set => field = Assigned.Keep(value); }
    public Dictionary<string, string> Metadata { get; set; }
    public bool? OffSession { get; set; }
    public string OnBehalfOf { get; set; }
    public string PaymentMethod { get; set; }
    public string PaymentMethodConfiguration { get; set; }
    public PaymentIntentPaymentMethodDataOptions PaymentMethodData { get; set; }
    public PaymentIntentPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    public PaymentIntentRadarOptionsOptions RadarOptions { get; set; }
    public string ReceiptEmail { get; set; }
    public string ReturnUrl { get; set; }
    public string SetupFutureUsage { get; set; }
    public ChargeShippingOptions Shipping { get; set; }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public PaymentIntentTransferDataOptions TransferData { get; set; }
    public string TransferGroup { get; set; }
    public bool? UseStripeSdk { get; set; }
}
