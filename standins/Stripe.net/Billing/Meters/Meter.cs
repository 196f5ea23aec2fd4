using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Billing;

[JsonConverter(typeof(EntityConverter))]
public class Meter : StripeEntity<Meter>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public MeterCustomerMapping CustomerMapping { get; set; }
    public MeterDefaultAggregation DefaultAggregation { get; set; }
    public string DisplayName { get; set; }
    public string EventName { get; set; }
    public string EventTimeWindow { get; set; }
    public bool Livemode { get; set; }
    public string Status { get; set; }
    public MeterStatusTransitions StatusTransitions { get; set; }
    public DateTime Updated { get; set; } = DateTime.UnixEpoch;
    public MeterValueSettings ValueSettings { get; set; }
}
