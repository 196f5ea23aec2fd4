using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemParent : StripeEntity<InvoiceItemParent>
{
    public InvoiceItemParentSubscriptionDetails SubscriptionDetails { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemParentSubscriptionDetails : StripeEntity<InvoiceItemParentSubscriptionDetails>
{
    public string Subscription { get; set; }
    public string SubscriptionItem { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemPeriod : StripeEntity<InvoiceItemPeriod>
{
    public DateTime End { get; set; } = DateTime.UnixEpoch;
    public DateTime Start { get; set; } = DateTime.UnixEpoch;
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemPricing : StripeEntity<InvoiceItemPricing>
{
    public InvoiceItemPricingPriceDetails PriceDetails { get; set; }
    public string Type { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemPricingPriceDetails : StripeEntity<InvoiceItemPricingPriceDetails>
{
    [JsonIgnore] public string PriceId { get => PriceField?.Id; set => PriceField = SetExpandableFieldId(value, PriceField); }
    [JsonIgnore] public Price Price { get => PriceField?.ExpandedObject; set => PriceField = SetExpandableFieldObject(value, PriceField); }
    [JsonPropertyName("price")] internal ExpandableField<Price> PriceField { get; set; }
    public string Product { get; set; }
}
