using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionItemBillingThresholds : StripeEntity<SubscriptionItemBillingThresholds>
{
    public long? UsageGte { get; set; }
}
