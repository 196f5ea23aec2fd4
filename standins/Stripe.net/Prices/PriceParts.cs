using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PriceCurrencyOptions : StripeEntity<PriceCurrencyOptions>
{
    public PriceCurrencyOptionsCustomUnitAmount CustomUnitAmount { get; set; }
    public string TaxBehavior { get; set; }
    public List<PriceCurrencyOptionsTier> Tiers { get; set; }
    public long? UnitAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PriceCurrencyOptionsCustomUnitAmount : StripeEntity<PriceCurrencyOptionsCustomUnitAmount>
{
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
    public long? Preset { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PriceCurrencyOptionsTier : StripeEntity<PriceCurrencyOptionsTier>
{
    public long? FlatAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? FlatAmountDecimal { get; set; }
    public long? UnitAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
    public long? UpTo { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PriceCustomUnitAmount : StripeEntity<PriceCustomUnitAmount>
{
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
    public long? Preset { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PriceRecurring : StripeEntity<PriceRecurring>
{
    public string Interval { get; set; }
    public long IntervalCount { get; set; }
    public string Meter { get; set; }
    public long? TrialPeriodDays { get; set; }
    public string UsageType { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PriceTier : StripeEntity<PriceTier>
{
    public long? FlatAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? FlatAmountDecimal { get; set; }
    public long? UnitAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
    public long? UpTo { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PriceTransformQuantity : StripeEntity<PriceTransformQuantity>
{
    public long DivideBy { get; set; }
    public string Round { get; set; }
}
