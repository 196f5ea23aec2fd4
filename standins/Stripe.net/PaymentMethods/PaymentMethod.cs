using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethod : StripeEntity<PaymentMethod>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public string AllowRedisplay { get; set; }
    public PaymentMethodBillingDetails BillingDetails { get; set; }
    public PaymentMethodCard Card { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public PaymentMethodCustomerBalance CustomerBalance { get; set; }
    public PaymentMethodLink Link { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public PaymentMethodRadarOptions RadarOptions { get; set; }
    public PaymentMethodSepaDebit SepaDebit { get; set; }
    public string Type { get; set; }
    public PaymentMethodUsBankAccount UsBankAccount { get; set; }
}
