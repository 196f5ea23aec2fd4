using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItem : StripeEntity<InvoiceItem>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public DateTime Date { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public string Description { get; set; }
    public bool Discountable { get; set; }
    [JsonIgnore] public List<string> DiscountIds { get => DiscountsField?.ConvertAll(x => x.Id); set => DiscountsField = SetExpandableArrayIds<Discount>(value); }
    [JsonIgnore] public List<Discount> Discounts { get => DiscountsField?.ConvertAll(x => x.ExpandedObject); set => DiscountsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("discounts")] internal List<ExpandableField<Discount>> DiscountsField { get; set; }
    [JsonIgnore] public string InvoiceId { get => InvoiceField?.Id; set => InvoiceField = SetExpandableFieldId(value, InvoiceField); }
    [JsonIgnore] public Invoice Invoice { get => InvoiceField?.ExpandedObject; set => InvoiceField = SetExpandableFieldObject(value, InvoiceField); }
    [JsonPropertyName("invoice")] internal ExpandableField<Invoice> InvoiceField { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public long NetAmount { get; set; }
    public InvoiceItemParent Parent { get; set; }
    public InvoiceItemPeriod Period { get; set; }
    public InvoiceItemPricing Pricing { get; set; }
    public bool Proration { get; set; }
    public InvoiceItemProrationDetails ProrationDetails { get; set; }
    public long Quantity { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal QuantityDecimal { get; set; }
    public List<TaxRate> TaxRates { get; set; }
    [JsonIgnore] public string TestClockId { get => TestClockField?.Id; set => TestClockField = SetExpandableFieldId(value, TestClockField); }
    [JsonIgnore] public TestHelpers.TestClock TestClock { get => TestClockField?.ExpandedObject; set => TestClockField = SetExpandableFieldObject(value, TestClockField); }
    [JsonPropertyName("test_clock")] internal ExpandableField<TestHelpers.TestClock> TestClockField { get; set; }
}
