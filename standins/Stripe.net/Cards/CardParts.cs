using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CardNetworks : StripeEntity<CardNetworks>
{
    public string Preferred { get; set; }
}
