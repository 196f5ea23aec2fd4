using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Customer : StripeEntity<Customer>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public Address Address { get; set; }
    public long Balance { get; set; }
    public string BusinessName { get; set; }
    public CashBalance CashBalance { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    public string CustomerAccount { get; set; }
    [JsonIgnore] public string DefaultSourceId { get => DefaultSourceField?.Id; set => DefaultSourceField = SetExpandableFieldId(value, DefaultSourceField); }
    [JsonIgnore] public IPaymentSource DefaultSource { get => DefaultSourceField?.ExpandedObject; set => DefaultSourceField = SetExpandableFieldObject(value, DefaultSourceField); }
    [JsonPropertyName("default_source")] internal ExpandableField<IPaymentSource> DefaultSourceField { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public bool? Delinquent { get; set; }
    public string Description { get; set; }
    public Discount Discount { get; set; }
    public string Email { get; set; }
    public string IndividualName { get; set; }
    public Dictionary<string, long> InvoiceCreditBalance { get; set; }
    public string InvoicePrefix { get; set; }
    public CustomerInvoiceSettings InvoiceSettings { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public long NextInvoiceSequence { get; set; }
    public string Phone { get; set; }
    public List<string> PreferredLocales { get; set; }
    public Shipping Shipping { get; set; }
    public StripeList<IPaymentSource> Sources { get; set; }
    public StripeList<Subscription> Subscriptions { get; set; }
    public CustomerTax Tax { get; set; }
    public string TaxExempt { get; set; }
    public StripeList<TaxId> TaxIds { get; set; }
    [JsonIgnore] public string TestClockId { get => TestClockField?.Id; set => TestClockField = SetExpandableFieldId(value, TestClockField); }
    [JsonIgnore] public TestHelpers.TestClock TestClock { get => TestClockField?.ExpandedObject; set => TestClockField = SetExpandableFieldObject(value, TestClockField); }
    [JsonPropertyName("test_clock")] internal ExpandableField<TestHelpers.TestClock> TestClockField { get; set; }
}
