using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Dispute : StripeEntity<Dispute>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    public List<BalanceTransaction> BalanceTransactions { get; set; }
    [JsonIgnore] public string ChargeId { get => ChargeField?.Id; set => ChargeField = SetExpandableFieldId(value, ChargeField); }
    [JsonIgnore] public Charge Charge { get => ChargeField?.ExpandedObject; set => ChargeField = SetExpandableFieldObject(value, ChargeField); }
    [JsonPropertyName("charge")] internal ExpandableField<Charge> ChargeField { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    public List<string> EnhancedEligibilityTypes { get; set; }
    public DisputeEvidence Evidence { get; set; }
    public DisputeEvidenceDetails EvidenceDetails { get; set; }
    public bool IsChargeRefundable { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string NetworkReasonCode { get; set; }
    [JsonIgnore] public string PaymentIntentId { get => PaymentIntentField?.Id; set => PaymentIntentField = SetExpandableFieldId(value, PaymentIntentField); }
    [JsonIgnore] public PaymentIntent PaymentIntent { get => PaymentIntentField?.ExpandedObject; set => PaymentIntentField = SetExpandableFieldObject(value, PaymentIntentField); }
    [JsonPropertyName("payment_intent")] internal ExpandableField<PaymentIntent> PaymentIntentField { get; set; }
    public DisputePaymentMethodDetails PaymentMethodDetails { get; set; }
    public string Reason { get; set; }
    public string Status { get; set; }
}
