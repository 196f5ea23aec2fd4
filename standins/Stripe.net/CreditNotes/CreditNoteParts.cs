using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteDiscountAmount : StripeEntity<CreditNoteDiscountAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNotePretaxCreditAmount : StripeEntity<CreditNotePretaxCreditAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteRefund : StripeEntity<CreditNoteRefund>
{
    public long AmountRefunded { get; set; }
    public CreditNoteRefundPaymentRecordRefund PaymentRecordRefund { get; set; }
    [JsonIgnore] public string RefundId { get => RefundField?.Id; set => RefundField = SetExpandableFieldId(value, RefundField); }
    [JsonIgnore] public Refund Refund { get => RefundField?.ExpandedObject; set => RefundField = SetExpandableFieldObject(value, RefundField); }
    [JsonPropertyName("refund")] internal ExpandableField<Refund> RefundField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteRefundPaymentRecordRefund : StripeEntity<CreditNoteRefundPaymentRecordRefund>
{
    public string PaymentRecord { get; set; }
    public string RefundGroup { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteShippingCost : StripeEntity<CreditNoteShippingCost>
{
    public long AmountSubtotal { get; set; }
    public long AmountTax { get; set; }
    public long AmountTotal { get; set; }
    public List<CreditNoteShippingCostTax> Taxes { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteShippingCostTax : StripeEntity<CreditNoteShippingCostTax>
{
    public long Amount { get; set; }
    public TaxRate Rate { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteTotalTax : StripeEntity<CreditNoteTotalTax>
{
    public long Amount { get; set; }
    public string TaxBehavior { get; set; }
    public CreditNoteTotalTaxTaxRateDetails TaxRateDetails { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteTotalTaxTaxRateDetails : StripeEntity<CreditNoteTotalTaxTaxRateDetails>
{
    [JsonIgnore] public string TaxRateId { get => TaxRateField?.Id; set => TaxRateField = SetExpandableFieldId(value, TaxRateField); }
    [JsonIgnore] public TaxRate TaxRate { get => TaxRateField?.ExpandedObject; set => TaxRateField = SetExpandableFieldObject(value, TaxRateField); }
    [JsonPropertyName("tax_rate")] internal ExpandableField<TaxRate> TaxRateField { get; set; }
}
