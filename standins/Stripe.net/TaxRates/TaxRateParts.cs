using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class TaxRateFlatAmount : StripeEntity<TaxRateFlatAmount>
{
    public long Amount { get; set; }
    public string Currency { get; set; }
}
