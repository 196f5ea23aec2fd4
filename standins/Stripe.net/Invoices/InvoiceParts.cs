using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceAutomaticTax : StripeEntity<InvoiceAutomaticTax>
{
    public string DisabledReason { get; set; }
    public bool Enabled { get; set; }
    public InvoiceAutomaticTaxLiability Liability { get; set; }
    public string Provider { get; set; }
    public string Status { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceAutomaticTaxLiability : StripeEntity<InvoiceAutomaticTaxLiability>
{
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceConfirmationSecret : StripeEntity<InvoiceConfirmationSecret>
{
    public string ClientSecret { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceCustomField : StripeEntity<InvoiceCustomField>
{
    public string Name { get; set; }
    public string Value { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceCustomerTaxId : StripeEntity<InvoiceCustomerTaxId>
{
    public string Type { get; set; }
    public string Value { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceDiscountAmount : StripeEntity<InvoiceDiscountAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceFromInvoice : StripeEntity<InvoiceFromInvoice>
{
    public string Action { get; set; }
    [JsonIgnore] public string InvoiceId { get => InvoiceField?.Id; set => InvoiceField = SetExpandableFieldId(value, InvoiceField); }
    [JsonIgnore] public Invoice Invoice { get => InvoiceField?.ExpandedObject; set => InvoiceField = SetExpandableFieldObject(value, InvoiceField); }
    [JsonPropertyName("invoice")] internal ExpandableField<Invoice> InvoiceField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceIssuer : StripeEntity<InvoiceIssuer>
{
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceParent : StripeEntity<InvoiceParent>
{
    public InvoiceParentQuoteDetails QuoteDetails { get; set; }
    public InvoiceParentSubscriptionDetails SubscriptionDetails { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceParentQuoteDetails : StripeEntity<InvoiceParentQuoteDetails>
{
    public string Quote { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceParentSubscriptionDetails : StripeEntity<InvoiceParentSubscriptionDetails>, IHasMetadata
{
    public Dictionary<string, string> Metadata { get; set; }
    [JsonIgnore] public string SubscriptionId { get => SubscriptionField?.Id; set => SubscriptionField = SetExpandableFieldId(value, SubscriptionField); }
    [JsonIgnore] public Subscription Subscription { get => SubscriptionField?.ExpandedObject; set => SubscriptionField = SetExpandableFieldObject(value, SubscriptionField); }
    [JsonPropertyName("subscription")] internal ExpandableField<Subscription> SubscriptionField { get; set; }
    public DateTime SubscriptionProrationDate { get; set; } = DateTime.UnixEpoch;
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceRendering : StripeEntity<InvoiceRendering>
{
    public string AmountTaxDisplay { get; set; }
    public InvoiceRenderingPdf Pdf { get; set; }
    public string Template { get; set; }
    public long? TemplateVersion { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceRenderingPdf : StripeEntity<InvoiceRenderingPdf>
{
    public string PageSize { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceShippingCost : StripeEntity<InvoiceShippingCost>
{
    public long AmountSubtotal { get; set; }
    public long AmountTax { get; set; }
    public long AmountTotal { get; set; }
    public List<InvoiceShippingCostTax> Taxes { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceShippingCostTax : StripeEntity<InvoiceShippingCostTax>
{
    public long Amount { get; set; }
    public TaxRate Rate { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceShippingDetails : StripeEntity<InvoiceShippingDetails>
{
    public Address Address { get; set; }
    public string Carrier { get; set; }
    public string Name { get; set; }
    public string Phone { get; set; }
    public string TrackingNumber { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceStatusTransitions : StripeEntity<InvoiceStatusTransitions>
{
    public DateTime? FinalizedAt { get; set; }
    public DateTime? MarkedUncollectibleAt { get; set; }
    public DateTime? PaidAt { get; set; }
    public DateTime? VoidedAt { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceThresholdReason : StripeEntity<InvoiceThresholdReason>
{
    public long? AmountGte { get; set; }
    public List<InvoiceThresholdReasonItemReason> ItemReasons { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceThresholdReasonItemReason : StripeEntity<InvoiceThresholdReasonItemReason>
{
    public List<string> LineItemIds { get; set; }
    public long UsageGte { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceTotalPretaxCreditAmount : StripeEntity<InvoiceTotalPretaxCreditAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceTotalTax : StripeEntity<InvoiceTotalTax>
{
    public long Amount { get; set; }
    public string TaxBehavior { get; set; }
    public InvoiceTotalTaxTaxRateDetails TaxRateDetails { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceTotalTaxTaxRateDetails : StripeEntity<InvoiceTotalTaxTaxRateDetails>
{
    [JsonIgnore] public string TaxRateId { get => TaxRateField?.Id; set => TaxRateField = SetExpandableFieldId(value, TaxRateField); }
    [JsonIgnore] public TaxRate TaxRate { get => TaxRateField?.ExpandedObject; set => TaxRateField = SetExpandableFieldObject(value, TaxRateField); }
    [JsonPropertyName("tax_rate")] internal ExpandableField<TaxRate> TaxRateField { get; set; }
}
