using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Billing;

[JsonConverter(typeof(EntityConverter))]
public class MeterEventAdjustment : StripeEntity<MeterEventAdjustment>, IHasObject
{
    public string Object { get; set; }
    public MeterEventAdjustmentCancel Cancel { get; set; }
    public string EventName { get; set; }
    public bool Livemode { get; set; }
    public string Status { get; set; }
    public string Type { get; set; }
}
