using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItem : StripeEntity<InvoiceLineItem>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    public string Currency { get; set; }
    public string Description { get; set; }
    public List<InvoiceLineItemDiscountAmount> DiscountAmounts { get; set; }
    public bool Discountable { get; set; }
    [JsonIgnore] public List<string> DiscountIds { get => DiscountsField?.ConvertAll(x => x.Id); set => DiscountsField = SetExpandableArrayIds<Discount>(value); }
    [JsonIgnore] public List<Discount> Discounts { get => DiscountsField?.ConvertAll(x => x.ExpandedObject); set => DiscountsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("discounts")] internal List<ExpandableField<Discount>> DiscountsField { get; set; }
    public string Invoice { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public InvoiceLineItemParent Parent { get; set; }
    public InvoiceLineItemPeriod Period { get; set; }
    public List<InvoiceLineItemPretaxCreditAmount> PretaxCreditAmounts { get; set; }
    public InvoiceLineItemPricing Pricing { get; set; }
    public long? Quantity { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? QuantityDecimal { get; set; }
    [JsonIgnore] public string SubscriptionId { get => SubscriptionField?.Id; set => SubscriptionField = SetExpandableFieldId(value, SubscriptionField); }
    [JsonIgnore] public Subscription Subscription { get => SubscriptionField?.ExpandedObject; set => SubscriptionField = SetExpandableFieldObject(value, SubscriptionField); }
    [JsonPropertyName("subscription")] internal ExpandableField<Subscription> SubscriptionField { get; set; }
    public long Subtotal { get; set; }
    public List<InvoiceLineItemTax> Taxes { get; set; }
}
