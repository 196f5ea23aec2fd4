using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CouponAppliesTo : StripeEntity<CouponAppliesTo>
{
    public List<string> Products { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class CouponCurrencyOptions : StripeEntity<CouponCurrencyOptions>
{
    public long AmountOff { get; set; }
}
