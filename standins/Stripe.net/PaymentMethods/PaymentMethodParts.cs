using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodBillingDetails : StripeEntity<PaymentMethodBillingDetails>
{
    public Address Address { get; set; }
    public string Email { get; set; }
    public string Name { get; set; }
    public string Phone { get; set; }
    public string TaxId { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodCustomerBalance : StripeEntity<PaymentMethodCustomerBalance>;

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodLink : StripeEntity<PaymentMethodLink>
{
    public string Email { get; set; }
    [Obsolete("This property is deprecated, please refer to the description for details.")] public string PersistentToken { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodRadarOptions : StripeEntity<PaymentMethodRadarOptions>
{
    public string Session { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodSepaDebit : StripeEntity<PaymentMethodSepaDebit>
{
    public string BankCode { get; set; }
    public string BranchCode { get; set; }
    public string Country { get; set; }
    public string Fingerprint { get; set; }
    public PaymentMethodSepaDebitGeneratedFrom GeneratedFrom { get; set; }
    public string Last4 { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodSepaDebitGeneratedFrom : StripeEntity<PaymentMethodSepaDebitGeneratedFrom>
{
    [JsonIgnore] public string ChargeId { get => ChargeField?.Id; set => ChargeField = SetExpandableFieldId(value, ChargeField); }
    [JsonIgnore] public Charge Charge { get => ChargeField?.ExpandedObject; set => ChargeField = SetExpandableFieldObject(value, ChargeField); }
    [JsonPropertyName("charge")] internal ExpandableField<Charge> ChargeField { get; set; }
}
