using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Product : StripeEntity<Product>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public bool Active { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore] public string DefaultPriceId { get => DefaultPriceField?.Id; set => DefaultPriceField = SetExpandableFieldId(value, DefaultPriceField); }
    [JsonIgnore] public Price DefaultPrice { get => DefaultPriceField?.ExpandedObject; set => DefaultPriceField = SetExpandableFieldObject(value, DefaultPriceField); }
    [JsonPropertyName("default_price")] internal ExpandableField<Price> DefaultPriceField { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public string Description { get; set; }
    public List<string> Images { get; set; }
    public bool Livemode { get; set; }
    public List<ProductMarketingFeature> MarketingFeatures { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public ProductPackageDimensions PackageDimensions { get; set; }
    public bool? Shippable { get; set; }
    public string StatementDescriptor { get; set; }
    [JsonIgnore] public string TaxCodeId { get => TaxCodeField?.Id; set => TaxCodeField = SetExpandableFieldId(value, TaxCodeField); }
    [JsonIgnore] public TaxCode TaxCode { get => TaxCodeField?.ExpandedObject; set => TaxCodeField = SetExpandableFieldObject(value, TaxCodeField); }
    [JsonPropertyName("tax_code")] internal ExpandableField<TaxCode> TaxCodeField { get; set; }
    public string Type { get; set; }
    public string UnitLabel { get; set; }
    public DateTime Updated { get; set; } = DateTime.UnixEpoch;
    public string Url { get; set; }
}
