using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingSchedule : StripeEntity<SubscriptionBillingSchedule>
{
    public List<SubscriptionBillingScheduleAppliesTo> AppliesTo { get; set; }
    public SubscriptionBillingScheduleBillUntil BillUntil { get; set; }
    public string Key { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingScheduleAppliesTo : StripeEntity<SubscriptionBillingScheduleAppliesTo>
{
    [JsonIgnore] public string PriceId { get => PriceField?.Id; set => PriceField = SetExpandableFieldId(value, PriceField); }
    [JsonIgnore] public Price Price { get => PriceField?.ExpandedObject; set => PriceField = SetExpandableFieldObject(value, PriceField); }
    [JsonPropertyName("price")] internal ExpandableField<Price> PriceField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingScheduleBillUntil : StripeEntity<SubscriptionBillingScheduleBillUntil>
{
    public DateTime ComputedTimestamp { get; set; } = DateTime.UnixEpoch;
    public SubscriptionBillingScheduleBillUntilDuration Duration { get; set; }
    public DateTime? Timestamp { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingScheduleBillUntilDuration : StripeEntity<SubscriptionBillingScheduleBillUntilDuration>
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}
