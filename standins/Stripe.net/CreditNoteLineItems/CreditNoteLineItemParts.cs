using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteLineItemDiscountAmount : StripeEntity<CreditNoteLineItemDiscountAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteLineItemPretaxCreditAmount : StripeEntity<CreditNoteLineItemPretaxCreditAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteLineItemTax : StripeEntity<CreditNoteLineItemTax>
{
    public long Amount { get; set; }
    public string TaxBehavior { get; set; }
    public CreditNoteLineItemTaxTaxRateDetails TaxRateDetails { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteLineItemTaxTaxRateDetails : StripeEntity<CreditNoteLineItemTaxTaxRateDetails>
{
    [JsonIgnore] public string TaxRateId { get => TaxRateField?.Id; set => TaxRateField = SetExpandableFieldId(value, TaxRateField); }
    [JsonIgnore] public TaxRate TaxRate { get => TaxRateField?.ExpandedObject; set => TaxRateField = SetExpandableFieldObject(value, TaxRateField); }
    [JsonPropertyName("tax_rate")] internal ExpandableField<TaxRate> TaxRateField { get; set; }
}
