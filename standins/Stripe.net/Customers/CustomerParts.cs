using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CustomerInvoiceSettings : StripeEntity<CustomerInvoiceSettings>
{
    public List<CustomerInvoiceSettingsCustomField> CustomFields { get; set; }
    [JsonIgnore] public string DefaultPaymentMethodId { get => DefaultPaymentMethodField?.Id; set => DefaultPaymentMethodField = SetExpandableFieldId(value, DefaultPaymentMethodField); }
    [JsonIgnore] public PaymentMethod DefaultPaymentMethod { get => DefaultPaymentMethodField?.ExpandedObject; set => DefaultPaymentMethodField = SetExpandableFieldObject(value, DefaultPaymentMethodField); }
    [JsonPropertyName("default_payment_method")] internal ExpandableField<PaymentMethod> DefaultPaymentMethodField { get; set; }
    public string Footer { get; set; }
    public CustomerInvoiceSettingsRenderingOptions RenderingOptions { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CustomerInvoiceSettingsCustomField : StripeEntity<CustomerInvoiceSettingsCustomField>
{
    public string Name { get; set; }
    public string Value { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CustomerInvoiceSettingsRenderingOptions : StripeEntity<CustomerInvoiceSettingsRenderingOptions>
{
    public string AmountTaxDisplay { get; set; }
    public string Template { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CustomerTax : StripeEntity<CustomerTax>
{
    public string AutomaticTax { get; set; }
    public string IpAddress { get; set; }
    public CustomerTaxLocation Location { get; set; }
    public string Provider { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CustomerTaxLocation : StripeEntity<CustomerTaxLocation>
{
    public string Country { get; set; }
    public string Source { get; set; }
    public string State { get; set; }
}
