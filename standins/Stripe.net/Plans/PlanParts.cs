using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PlanTier : StripeEntity<PlanTier>
{
    public long? FlatAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? FlatAmountDecimal { get; set; }
    public long? UnitAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
    public long? UpTo { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PlanTransformUsage : StripeEntity<PlanTransformUsage>
{
    public long DivideBy { get; set; }
    public string Round { get; set; }
}
