using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class TaxCode : StripeEntity<TaxCode>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public string Description { get; set; }
    public string Name { get; set; }
}
