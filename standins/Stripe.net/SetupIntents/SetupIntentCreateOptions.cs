namespace Stripe;

public class SetupIntentCreateOptions : BaseOptions, IHasMetadata
{
    public List<string> AllowedPaymentMethodTypes { get; set; }
    public bool? AttachToSelf { get; set; }
    public SetupIntentAutomaticPaymentMethodsOptions AutomaticPaymentMethods { get; set; }
    public bool? Confirm { get; set; }
    public string ConfirmationToken { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set; }
    public List<string> FlowDirections { get; set; }
    public SetupIntentMandateDataOptions MandateData { get; set => field = Assigned.Keep(value); }
    public Dictionary<string, string> Metadata { get; set; }
    public string OnBehalfOf { get; set; }
    public string PaymentMethod { get; set; }
    public string PaymentMethodConfiguration { get; set; }
    public SetupIntentPaymentMethodDataOptions PaymentMethodData { get; set; }
    public SetupIntentPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    public string ReturnUrl { get; set; }
    public SetupIntentSingleUseOptions SingleUse { get; set; }
    public string Usage { get; set; }
    public bool? UseStripeSdk { get; set; }
}
