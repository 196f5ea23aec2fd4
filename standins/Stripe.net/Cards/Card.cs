using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Card : StripeEntity<Card>, IHasId, IHasMetadata, IHasObject, IPaymentSource
{
    public string Id { get; set; }
    public string Object { get; set; }
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string AddressCity { get; set; }
    public string AddressCountry { get; set; }
    public string AddressLine1 { get; set; }
    public string AddressLine1Check { get; set; }
    public string AddressLine2 { get; set; }
    public string AddressState { get; set; }
    public string AddressZip { get; set; }
    public string AddressZipCheck { get; set; }
    public string AllowRedisplay { get; set; }
    public List<string> AvailablePayoutMethods { get; set; }
    public string Brand { get; set; }
    public string Country { get; set; }
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CvcCheck { get; set; }
    public bool? DefaultForCurrency { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public string Description { get; set; }
    public string DynamicLast4 { get; set; }
    public long ExpMonth { get; set; }
    public long ExpYear { get; set; }
    public string Fingerprint { get; set; }
    public string Funding { get; set; }
    public string Iin { get; set; }
    public string Issuer { get; set; }
    public string Last4 { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public CardNetworks Networks { get; set; }
    public string RegulatedStatus { get; set; }
    public string Status { get; set; }
    public string TokenizationMethod { get; set; }
}
