using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class BankAccount : StripeEntity<BankAccount>, IHasId, IHasMetadata, IHasObject, IPaymentSource
{
    public string Id { get; set; }
    public string Object { get; set; }
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string AccountHolderName { get; set; }
    public string AccountHolderType { get; set; }
    public string AccountType { get; set; }
    public List<string> AvailablePayoutMethods { get; set; }
    public string BankName { get; set; }
    public string Country { get; set; }
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public bool? DefaultForCurrency { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public string Fingerprint { get; set; }
    public BankAccountFutureRequirements FutureRequirements { get; set; }
    public string Last4 { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public BankAccountRequirements Requirements { get; set; }
    public string RoutingNumber { get; set; }
    public string Status { get; set; }
}
