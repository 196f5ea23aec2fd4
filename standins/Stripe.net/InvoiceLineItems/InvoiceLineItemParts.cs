using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemDiscountAmount : StripeEntity<InvoiceLineItemDiscountAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemPeriod : StripeEntity<InvoiceLineItemPeriod>
{
    public DateTime End { get; set; } = DateTime.UnixEpoch;
    public DateTime Start { get; set; } = DateTime.UnixEpoch;
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemPretaxCreditAmount : StripeEntity<InvoiceLineItemPretaxCreditAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemPricing : StripeEntity<InvoiceLineItemPricing>
{
    public InvoiceLineItemPricingPriceDetails PriceDetails { get; set; }
    public string Type { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemPricingPriceDetails : StripeEntity<InvoiceLineItemPricingPriceDetails>
{
    [JsonIgnore] public string PriceId { get => PriceField?.Id; set => PriceField = SetExpandableFieldId(value, PriceField); }
    [JsonIgnore] public Price Price { get => PriceField?.ExpandedObject; set => PriceField = SetExpandableFieldObject(value, PriceField); }
    [JsonPropertyName("price")] internal ExpandableField<Price> PriceField { get; set; }
    public string Product { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemTax : StripeEntity<InvoiceLineItemTax>
{
    public long Amount { get; set; }
    public string TaxBehavior { get; set; }
    public InvoiceLineItemTaxTaxRateDetails TaxRateDetails { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemTaxTaxRateDetails : StripeEntity<InvoiceLineItemTaxTaxRateDetails>
{
    [JsonIgnore] public string TaxRateId { get => TaxRateField?.Id; set => TaxRateField = SetExpandableFieldId(value, TaxRateField); }
    [JsonIgnore] public TaxRate TaxRate { get => TaxRateField?.ExpandedObject; set => TaxRateField = SetExpandableFieldObject(value, TaxRateField); }
    [JsonPropertyName("tax_rate")] internal ExpandableField<TaxRate> TaxRateField { get; set; }
}
