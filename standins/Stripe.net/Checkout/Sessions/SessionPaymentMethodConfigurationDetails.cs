using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Checkout;

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodConfigurationDetails : StripeEntity<SessionPaymentMethodConfigurationDetails>, IHasId
{
    public string Id { get; set; }
    public string Parent { get; set; }
}
