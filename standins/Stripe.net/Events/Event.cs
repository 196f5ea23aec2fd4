using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Event : StripeEntity<Event>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public string Account { get; set; }
    public string ApiVersion { get; set; }
    public string Context { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public EventData Data { get; set; }
    public bool Livemode { get; set; }
    public long PendingWebhooks { get; set; }
    public EventRequest Request { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class EventData : StripeEntity<EventData>
{
    /// <summary>The object as a typed entity; null when its kind is not known here.</summary>
    public IHasObject Object { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class EventRequest : StripeEntity<EventRequest>, IHasId
{
    public string Id { get; set; }
    public string IdempotencyKey { get; set; }
}
