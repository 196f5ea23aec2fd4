using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Billing;

[JsonConverter(typeof(EntityConverter))]
public class MeterEvent : StripeEntity<MeterEvent>, IHasObject
{
    public string Object { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string EventName { get; set; }
    public string Identifier { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Payload { get; set; }
    public DateTime Timestamp { get; set; } = DateTime.UnixEpoch;
}
