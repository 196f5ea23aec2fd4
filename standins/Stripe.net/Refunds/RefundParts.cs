using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class RefundPresentmentDetails : StripeEntity<RefundPresentmentDetails>
{
    public long PresentmentAmount { get; set; }
    public string PresentmentCurrency { get; set; }
}
