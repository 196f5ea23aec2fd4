using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Plan : StripeEntity<Plan>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public bool Active { get; set; }
    public long? Amount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? AmountDecimal { get; set; }
    public string BillingScheme { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public string Interval { get; set; }
    public long IntervalCount { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Meter { get; set; }
    public string Nickname { get; set; }
    [JsonIgnore] public string ProductId { get => ProductField?.Id; set => ProductField = SetExpandableFieldId(value, ProductField); }
    [JsonIgnore] public Product Product { get => ProductField?.ExpandedObject; set => ProductField = SetExpandableFieldObject(value, ProductField); }
    [JsonPropertyName("product")] internal ExpandableField<Product> ProductField { get; set; }
    public List<PlanTier> Tiers { get; set; }
    public string TiersMode { get; set; }
    public PlanTransformUsage TransformUsage { get; set; }
    public long? TrialPeriodDays { get; set; }
    public string UsageType { get; set; }
}
