using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Price : StripeEntity<Price>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public bool Active { get; set; }
    public string BillingScheme { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    public Dictionary<string, PriceCurrencyOptions> CurrencyOptions { get; set; }
    public PriceCustomUnitAmount CustomUnitAmount { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public bool Livemode { get; set; }
    public string LookupKey { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Nickname { get; set; }
    [JsonIgnore] public string ProductId { get => ProductField?.Id; set => ProductField = SetExpandableFieldId(value, ProductField); }
    [JsonIgnore] public Product Product { get => ProductField?.ExpandedObject; set => ProductField = SetExpandableFieldObject(value, ProductField); }
    [JsonPropertyName("product")] internal ExpandableField<Product> ProductField { get; set; }
    public PriceRecurring Recurring { get; set; }
    public string TaxBehavior { get; set; }
    public List<PriceTier> Tiers { get; set; }
    public string TiersMode { get; set; }
    public PriceTransformQuantity TransformQuantity { get; set; }
    public string Type { get; set; }
    public long? UnitAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
}
