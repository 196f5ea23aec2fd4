namespace Stripe;

public class PaymentIntentConfirmOptions : BaseOptions
{
    public List<string> AllowedPaymentMethodTypes { get; set; }
    public long? AmountToConfirm { get; set; }
    public string CaptureMethod { get; set; }
    public string ClientSecret { get; set; }
    public string ConfirmationToken { get; set; }
    public bool? ErrorOnRequiresAction { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set => field = Assigned.Keep(value); }
    public PaymentIntentHooksOptions Hooks { get; set; }
    public string Mandate { get; set; }
    public PaymentIntentMandateDataOptions MandateData { get; set => field = Assigned.Keep(value); }
    public bool? OffSession { get; set; }
    public string PaymentMethod { get; set; }
    public PaymentIntentPaymentMethodDataOptions PaymentMethodData { get; set; }
    public PaymentIntentPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    public PaymentIntentRadarOptionsOptions RadarOptions { get; set; }
    public string ReceiptEmail { get; set => field = Assigned.Keep(value); }
    public string ReturnUrl { get; set; }
    public string SetupFutureUsage { get; set => field = Assigned.Keep(value); }
    public ChargeShippingOptions Shipping { get; set => field = Assigned.Keep(value); }
    public bool? UseStripeSdk { get; set; }
}
