using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Refund : StripeEntity<Refund>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    [JsonIgnore] public string BalanceTransactionId { get => BalanceTransactionField?.Id; set => BalanceTransactionField = SetExpandableFieldId(value, BalanceTransactionField); }
    [JsonIgnore] public BalanceTransaction BalanceTransaction { get => BalanceTransactionField?.ExpandedObject; set => BalanceTransactionField = SetExpandableFieldObject(value, BalanceTransactionField); }
    [JsonPropertyName("balance_transaction")] internal ExpandableField<BalanceTransaction> BalanceTransactionField { get; set; }
    [JsonIgnore] public string ChargeId { get => ChargeField?.Id; set => ChargeField = SetExpandableFieldId(value, ChargeField); }
    [JsonIgnore] public Charge Charge { get => ChargeField?.ExpandedObject; set => ChargeField = SetExpandableFieldObject(value, ChargeField); }
    [JsonPropertyName("charge")] internal ExpandableField<Charge> ChargeField { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    [JsonIgnore] public string FailureBalanceTransactionId { get => FailureBalanceTransactionField?.Id; set => FailureBalanceTransactionField = SetExpandableFieldId(value, FailureBalanceTransactionField); }
    [JsonIgnore] public BalanceTransaction FailureBalanceTransaction { get => FailureBalanceTransactionField?.ExpandedObject; set => FailureBalanceTransactionField = SetExpandableFieldObject(value, FailureBalanceTransactionField); }
    [JsonPropertyName("failure_balance_transaction")] internal ExpandableField<BalanceTransaction> FailureBalanceTransactionField { get; set; }
    public string FailureReason { get; set; }
    public string InstructionsEmail { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    [JsonIgnore] public string PaymentIntentId { get => PaymentIntentField?.Id; set => PaymentIntentField = SetExpandableFieldId(value, PaymentIntentField); }
    [JsonIgnore] public PaymentIntent PaymentIntent { get => PaymentIntentField?.ExpandedObject; set => PaymentIntentField = SetExpandableFieldObject(value, PaymentIntentField); }
    [JsonPropertyName("payment_intent")] internal ExpandableField<PaymentIntent> PaymentIntentField { get; set; }
    [JsonIgnore] public string PaymentMethodId { get => PaymentMethodField?.Id; set => PaymentMethodField = SetExpandableFieldId(value, PaymentMethodField); }
    [JsonIgnore] public PaymentMethod PaymentMethod { get => PaymentMethodField?.ExpandedObject; set => PaymentMethodField = SetExpandableFieldObject(value, PaymentMethodField); }
    [JsonPropertyName("payment_method")] internal ExpandableField<PaymentMethod> PaymentMethodField { get; set; }
    public string PendingReason { get; set; }
    public RefundPresentmentDetails PresentmentDetails { get; set; }
    public string Reason { get; set; }
    public string ReceiptNumber { get; set; }
    public string Status { get; set; }
}
