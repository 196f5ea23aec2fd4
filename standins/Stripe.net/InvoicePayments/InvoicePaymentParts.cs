using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoicePaymentPayment : StripeEntity<InvoicePaymentPayment>
{
    [JsonIgnore] public string ChargeId { get => ChargeField?.Id; set => ChargeField = SetExpandableFieldId(value, ChargeField); }
    [JsonIgnore] public Charge Charge { get => ChargeField?.ExpandedObject; set => ChargeField = SetExpandableFieldObject(value, ChargeField); }
    [JsonPropertyName("charge")] internal ExpandableField<Charge> ChargeField { get; set; }
    [JsonIgnore] public string PaymentIntentId { get => PaymentIntentField?.Id; set => PaymentIntentField = SetExpandableFieldId(value, PaymentIntentField); }
    [JsonIgnore] public PaymentIntent PaymentIntent { get => PaymentIntentField?.ExpandedObject; set => PaymentIntentField = SetExpandableFieldObject(value, PaymentIntentField); }
    [JsonPropertyName("payment_intent")] internal ExpandableField<PaymentIntent> PaymentIntentField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoicePaymentStatusTransitions : StripeEntity<InvoicePaymentStatusTransitions>
{
    public DateTime? CanceledAt { get; set; }
    public DateTime? PaidAt { get; set; }
}
