using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class SetupIntent : StripeEntity<SetupIntent>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public List<string> AllowedPaymentMethodTypes { get; set; }
    [JsonIgnore] public string ApplicationId { get => ApplicationField?.Id; set => ApplicationField = SetExpandableFieldId(value, ApplicationField); }
    [JsonIgnore] public Application Application { get => ApplicationField?.ExpandedObject; set => ApplicationField = SetExpandableFieldObject(value, ApplicationField); }
    [JsonPropertyName("application")] internal ExpandableField<Application> ApplicationField { get; set; }
    public bool AttachToSelf { get; set; }
    public SetupIntentAutomaticPaymentMethods AutomaticPaymentMethods { get; set; }
    public string CancellationReason { get; set; }
    public string ClientSecret { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set; }
    public List<string> FlowDirections { get; set; }
    public StripeError LastSetupError { get; set; }
    public bool Livemode { get; set; }
    public SetupIntentManagedPayments ManagedPayments { get; set; }
    [JsonIgnore] public string MandateId { get => MandateField?.Id; set => MandateField = SetExpandableFieldId(value, MandateField); }
    [JsonIgnore] public Mandate Mandate { get => MandateField?.ExpandedObject; set => MandateField = SetExpandableFieldObject(value, MandateField); }
    [JsonPropertyName("mandate")] internal ExpandableField<Mandate> MandateField { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public SetupIntentNextAction NextAction { get; set; }
    [JsonIgnore] public string OnBehalfOfId { get => OnBehalfOfField?.Id; set => OnBehalfOfField = SetExpandableFieldId(value, OnBehalfOfField); }
    [JsonIgnore] public Account OnBehalfOf { get => OnBehalfOfField?.ExpandedObject; set => OnBehalfOfField = SetExpandableFieldObject(value, OnBehalfOfField); }
    [JsonPropertyName("on_behalf_of")] internal ExpandableField<Account> OnBehalfOfField { get; set; }
    [JsonIgnore] public string PaymentMethodId { get => PaymentMethodField?.Id; set => PaymentMethodField = SetExpandableFieldId(value, PaymentMethodField); }
    [JsonIgnore] public PaymentMethod PaymentMethod { get => PaymentMethodField?.ExpandedObject; set => PaymentMethodField = SetExpandableFieldObject(value, PaymentMethodField); }
    [JsonPropertyName("payment_method")] internal ExpandableField<PaymentMethod> PaymentMethodField { get; set; }
    public SetupIntentPaymentMethodConfigurationDetails PaymentMethodConfigurationDetails { get; set; }
    public SetupIntentPaymentMethodOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    [JsonIgnore] public string SingleUseMandateId { get => SingleUseMandateField?.Id; set => SingleUseMandateField = SetExpandableFieldId(value, SingleUseMandateField); }
    [JsonIgnore] public Mandate SingleUseMandate { get => SingleUseMandateField?.ExpandedObject; set => SingleUseMandateField = SetExpandableFieldObject(value, SingleUseMandateField); }
    [JsonPropertyName("single_use_mandate")] internal ExpandableField<Mandate> SingleUseMandateField { get; set; }
    public string Status { get; set; }
    public string Usage { get; set; }
}
