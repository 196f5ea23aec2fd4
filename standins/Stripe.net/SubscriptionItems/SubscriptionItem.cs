using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionItem : StripeEntity<SubscriptionItem>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public DateTime BilledUntil { get; set; } = DateTime.UnixEpoch;
    public SubscriptionItemBillingThresholds BillingThresholds { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public DateTime CurrentPeriodEnd { get; set; } = DateTime.UnixEpoch;
    public DateTime CurrentPeriodStart { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    [JsonIgnore] public List<string> DiscountIds { get => DiscountsField?.ConvertAll(x => x.Id); set => DiscountsField = SetExpandableArrayIds<Discount>(value); }
    [JsonIgnore] public List<Discount> Discounts { get => DiscountsField?.ConvertAll(x => x.ExpandedObject); set => DiscountsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("discounts")] internal List<ExpandableField<Discount>> DiscountsField { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public Plan Plan { get; set; }
    public Price Price { get; set; }
    public long Quantity { get; set; }
    public string Subscription { get; set; }
    public List<TaxRate> TaxRates { get; set; }
}
