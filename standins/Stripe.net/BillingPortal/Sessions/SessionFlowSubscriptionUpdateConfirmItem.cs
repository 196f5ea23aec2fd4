using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionUpdateConfirmItem : StripeEntity<SessionFlowSubscriptionUpdateConfirmItem>, IHasId
{
    public string Id { get; set; }
    public string Price { get; set; }
    public long Quantity { get; set; }
}
