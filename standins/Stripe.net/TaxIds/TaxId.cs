using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class TaxId : StripeEntity<TaxId>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public string Country { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public bool Livemode { get; set; }
    public TaxIdOwner Owner { get; set; }
    public string Type { get; set; }
    public string Value { get; set; }
    public TaxIdVerification Verification { get; set; }
}
