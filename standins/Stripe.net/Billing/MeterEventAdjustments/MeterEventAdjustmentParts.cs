using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Billing;

[JsonConverter(typeof(EntityConverter))]
public class MeterEventAdjustmentCancel : StripeEntity<MeterEventAdjustmentCancel>
{
    public string Identifier { get; set; }
}
