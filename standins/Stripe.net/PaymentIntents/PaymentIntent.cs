using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PaymentIntent : StripeEntity<PaymentIntent>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public List<string> AllowedPaymentMethodTypes { get; set; }
    public long Amount { get; set; }
    public long AmountCapturable { get; set; }
    public long AmountReceived { get; set; }
    [JsonIgnore] public string ApplicationId { get => ApplicationField?.Id; set => ApplicationField = SetExpandableFieldId(value, ApplicationField); }
    [JsonIgnore] public Application Application { get => ApplicationField?.ExpandedObject; set => ApplicationField = SetExpandableFieldObject(value, ApplicationField); }
    [JsonPropertyName("application")] internal ExpandableField<Application> ApplicationField { get; set; }
    public long? ApplicationFeeAmount { get; set; }
    public PaymentIntentAutomaticPaymentMethods AutomaticPaymentMethods { get; set; }
    public DateTime? CanceledAt { get; set; }
    public string CancellationReason { get; set; }
    public string CaptureMethod { get; set; }
    public string ClientSecret { get; set; }
    public string ConfirmationMethod { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set; }
    public PaymentIntentHooks Hooks { get; set; }
    public StripeError LastPaymentError { get; set; }
    [JsonIgnore] public string LatestChargeId { get => LatestChargeField?.Id; set => LatestChargeField = SetExpandableFieldId(value, LatestChargeField); }
    [JsonIgnore] public Charge LatestCharge { get => LatestChargeField?.ExpandedObject; set => LatestChargeField = SetExpandableFieldObject(value, LatestChargeField); }
    [JsonPropertyName("latest_charge")] internal ExpandableField<Charge> LatestChargeField { get; set; }
    public bool Livemode { get; set; }
    public PaymentIntentManagedPayments ManagedPayments { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public PaymentIntentNextAction NextAction { get; set; }
    [JsonIgnore] public string OnBehalfOfId { get => OnBehalfOfField?.Id; set => OnBehalfOfField = SetExpandableFieldId(value, OnBehalfOfField); }
    [JsonIgnore] public Account OnBehalfOf { get => OnBehalfOfField?.ExpandedObject; set => OnBehalfOfField = SetExpandableFieldObject(value, OnBehalfOfField); }
    [JsonPropertyName("on_behalf_of")] internal ExpandableField<Account> OnBehalfOfField { get; set; }
    [JsonIgnore] public string PaymentMethodId { get => PaymentMethodField?.Id; set => PaymentMethodField = SetExpandableFieldId(value, PaymentMethodField); }
    [JsonIgnore] public PaymentMethod PaymentMethod { get => PaymentMethodField?.ExpandedObject; set => PaymentMethodField = SetExpandableFieldObject(value, PaymentMethodField); }
    [JsonPropertyName("payment_method")] internal ExpandableField<PaymentMethod> PaymentMethodField { get; set; }
    public PaymentIntentPaymentMethodConfigurationDetails PaymentMethodConfigurationDetails { get; set; }
    public PaymentIntentPaymentMethodOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    public PaymentIntentPresentmentDetails PresentmentDetails { get; set; }
    public PaymentIntentProcessing Processing { get; set; }
    public string ReceiptEmail { get; set; }
    public string SetupFutureUsage { get; set; }
    public Shipping Shipping { get; set; }
    [JsonIgnore] public string SourceId { get => SourceField?.Id; set => SourceField = SetExpandableFieldId(value, SourceField); }
    [JsonIgnore] public IPaymentSource Source { get => SourceField?.ExpandedObject; set => SourceField = SetExpandableFieldObject(value, SourceField); }
    [JsonPropertyName("source")] internal ExpandableField<IPaymentSource> SourceField { get; set; }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public string Status { get; set; }
    public PaymentIntentTransferData TransferData { get; set; }
    public string TransferGroup { get; set; }
}
