using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Discount : StripeEntity<Discount>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public string CheckoutSession { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public DateTime? End { get; set; }
    public string Invoice { get; set; }
    public string InvoiceItem { get; set; }
    [JsonIgnore] public string PromotionCodeId { get => PromotionCodeField?.Id; set => PromotionCodeField = SetExpandableFieldId(value, PromotionCodeField); }
    [JsonIgnore] public PromotionCode PromotionCode { get => PromotionCodeField?.ExpandedObject; set => PromotionCodeField = SetExpandableFieldObject(value, PromotionCodeField); }
    [JsonPropertyName("promotion_code")] internal ExpandableField<PromotionCode> PromotionCodeField { get; set; }
    public DiscountSource Source { get; set; }
    public DateTime Start { get; set; } = DateTime.UnixEpoch;
    public string Subscription { get; set; }
    public string SubscriptionItem { get; set; }
}
