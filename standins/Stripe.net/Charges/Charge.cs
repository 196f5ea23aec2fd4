using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Charge : StripeEntity<Charge>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    public long AmountCaptured { get; set; }
    public long AmountRefunded { get; set; }
    [JsonIgnore] public string ApplicationId { get => ApplicationField?.Id; set => ApplicationField = SetExpandableFieldId(value, ApplicationField); }
    [JsonIgnore] public Application Application { get => ApplicationField?.ExpandedObject; set => ApplicationField = SetExpandableFieldObject(value, ApplicationField); }
    [JsonPropertyName("application")] internal ExpandableField<Application> ApplicationField { get; set; }
    public long? ApplicationFeeAmount { get; set; }
    public string AuthorizationCode { get; set; }
    [JsonIgnore] public string BalanceTransactionId { get => BalanceTransactionField?.Id; set => BalanceTransactionField = SetExpandableFieldId(value, BalanceTransactionField); }
    [JsonIgnore] public BalanceTransaction BalanceTransaction { get => BalanceTransactionField?.ExpandedObject; set => BalanceTransactionField = SetExpandableFieldObject(value, BalanceTransactionField); }
    [JsonPropertyName("balance_transaction")] internal ExpandableField<BalanceTransaction> BalanceTransactionField { get; set; }
    public ChargeBillingDetails BillingDetails { get; set; }
    public string CalculatedStatementDescriptor { get; set; }
    public bool Captured { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string Description { get; set; }
    public bool Disputed { get; set; }
    [JsonIgnore] public string FailureBalanceTransactionId { get => FailureBalanceTransactionField?.Id; set => FailureBalanceTransactionField = SetExpandableFieldId(value, FailureBalanceTransactionField); }
    [JsonIgnore] public BalanceTransaction FailureBalanceTransaction { get => FailureBalanceTransactionField?.ExpandedObject; set => FailureBalanceTransactionField = SetExpandableFieldObject(value, FailureBalanceTransactionField); }
    [JsonPropertyName("failure_balance_transaction")] internal ExpandableField<BalanceTransaction> FailureBalanceTransactionField { get; set; }
    public string FailureCode { get; set; }
    public string FailureMessage { get; set; }
    public ChargeFraudDetails FraudDetails { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    [JsonIgnore] public string OnBehalfOfId { get => OnBehalfOfField?.Id; set => OnBehalfOfField = SetExpandableFieldId(value, OnBehalfOfField); }
    [JsonIgnore] public Account OnBehalfOf { get => OnBehalfOfField?.ExpandedObject; set => OnBehalfOfField = SetExpandableFieldObject(value, OnBehalfOfField); }
    [JsonPropertyName("on_behalf_of")] internal ExpandableField<Account> OnBehalfOfField { get; set; }
    public ChargeOutcome Outcome { get; set; }
    public bool Paid { get; set; }
    [JsonIgnore] public string PaymentIntentId { get => PaymentIntentField?.Id; set => PaymentIntentField = SetExpandableFieldId(value, PaymentIntentField); }
    [JsonIgnore] public PaymentIntent PaymentIntent { get => PaymentIntentField?.ExpandedObject; set => PaymentIntentField = SetExpandableFieldObject(value, PaymentIntentField); }
    [JsonPropertyName("payment_intent")] internal ExpandableField<PaymentIntent> PaymentIntentField { get; set; }
    public string PaymentMethod { get; set; }
    public ChargePaymentMethodDetails PaymentMethodDetails { get; set; }
    public ChargePresentmentDetails PresentmentDetails { get; set; }
    public ChargeRadarOptions RadarOptions { get; set; }
    public string ReceiptEmail { get; set; }
    public string ReceiptNumber { get; set; }
    public string ReceiptUrl { get; set; }
    public bool Refunded { get; set; }
    public StripeList<Refund> Refunds { get; set; }
    public Shipping Shipping { get; set; }
    public IPaymentSource Source { get; set; }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public string Status { get; set; }
    public ChargeTransferData TransferData { get; set; }
    public string TransferGroup { get; set; }
}
