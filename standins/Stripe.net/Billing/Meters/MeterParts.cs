using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Billing;

[JsonConverter(typeof(EntityConverter))]
public class MeterCustomerMapping : StripeEntity<MeterCustomerMapping>
{
    public string EventPayloadKey { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MeterDefaultAggregation : StripeEntity<MeterDefaultAggregation>
{
    public string Formula { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MeterStatusTransitions : StripeEntity<MeterStatusTransitions>
{
    public DateTime? DeactivatedAt { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MeterValueSettings : StripeEntity<MeterValueSettings>
{
    public string EventPayloadKey { get; set; }
}
