using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Mandate : StripeEntity<Mandate>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public MandateCustomerAcceptance CustomerAcceptance { get; set; }
    public bool Livemode { get; set; }
    public MandateMultiUse MultiUse { get; set; }
    public string OnBehalfOf { get; set; }
    [JsonIgnore] public string PaymentMethodId { get => PaymentMethodField?.Id; set => PaymentMethodField = SetExpandableFieldId(value, PaymentMethodField); }
    [JsonIgnore] public PaymentMethod PaymentMethod { get => PaymentMethodField?.ExpandedObject; set => PaymentMethodField = SetExpandableFieldObject(value, PaymentMethodField); }
    [JsonPropertyName("payment_method")] internal ExpandableField<PaymentMethod> PaymentMethodField { get; set; }
    public MandatePaymentMethodDetails PaymentMethodDetails { get; set; }
    public MandateSingleUse SingleUse { get; set; }
    public string Status { get; set; }
    public string Type { get; set; }
}
