using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentAutomaticPaymentMethods : StripeEntity<PaymentIntentAutomaticPaymentMethods>
{
    public string AllowRedirects { get; set; }
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentHooks : StripeEntity<PaymentIntentHooks>
{
    public PaymentIntentHooksInputs Inputs { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentHooksInputs : StripeEntity<PaymentIntentHooksInputs>
{
    public PaymentIntentHooksInputsTax Tax { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentHooksInputsTax : StripeEntity<PaymentIntentHooksInputsTax>
{
    public string Calculation { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentManagedPayments : StripeEntity<PaymentIntentManagedPayments>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentNextAction : StripeEntity<PaymentIntentNextAction>
{
    public PaymentIntentNextActionRedirectToUrl RedirectToUrl { get; set; }
    public string Type { get; set; }
    public Dictionary<string, object> UseStripeSdk { get; set; }
    public PaymentIntentNextActionVerifyWithMicrodeposits VerifyWithMicrodeposits { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentNextActionRedirectToUrl : StripeEntity<PaymentIntentNextActionRedirectToUrl>
{
    public string ReturnUrl { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentNextActionVerifyWithMicrodeposits : StripeEntity<PaymentIntentNextActionVerifyWithMicrodeposits>
{
    public DateTime ArrivalDate { get; set; } = DateTime.UnixEpoch;
    public string HostedVerificationUrl { get; set; }
    public string MicrodepositType { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentPresentmentDetails : StripeEntity<PaymentIntentPresentmentDetails>
{
    public long PresentmentAmount { get; set; }
    public string PresentmentCurrency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentProcessing : StripeEntity<PaymentIntentProcessing>
{
    public PaymentIntentProcessingCard Card { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentProcessingCard : StripeEntity<PaymentIntentProcessingCard>
{
    public PaymentIntentProcessingCardCustomerNotification CustomerNotification { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentProcessingCardCustomerNotification : StripeEntity<PaymentIntentProcessingCardCustomerNotification>
{
    public bool? ApprovalRequested { get; set; }
    public DateTime? CompletesAt { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentTransferData : StripeEntity<PaymentIntentTransferData>, IHasMetadata
{
    public long Amount { get; set; }
    public string Description { get; set; }
    [JsonIgnore] public string DestinationId { get => DestinationField?.Id; set => DestinationField = SetExpandableFieldId(value, DestinationField); }
    [JsonIgnore] public Account Destination { get => DestinationField?.ExpandedObject; set => DestinationField = SetExpandableFieldObject(value, DestinationField); }
    [JsonPropertyName("destination")] internal ExpandableField<Account> DestinationField { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public PaymentIntentTransferDataPaymentData PaymentData { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntentTransferDataPaymentData : StripeEntity<PaymentIntentTransferDataPaymentData>, IHasMetadata
{
    public string Description { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
}
