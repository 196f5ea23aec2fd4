namespace Stripe;

public class PriceCurrencyOptionsCustomUnitAmountOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
    public long? Preset { get; set; }
}

public class PriceCurrencyOptionsOptions : INestedOptions
{
    public PriceCurrencyOptionsCustomUnitAmountOptions CustomUnitAmount { get; set; }
    public string TaxBehavior { get; set; }
    public List<PriceCurrencyOptionsTierOptions> Tiers { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class PriceCurrencyOptionsTierOptions : INestedOptions
{
    public long? FlatAmount { get; set; }
    public decimal? FlatAmountDecimal { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
    public AnyOf<long?, PriceTierUpTo> UpTo { get; set; }
}

public class PriceCustomUnitAmountOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
    public long? Preset { get; set; }
}

public class PriceProductDataOptions : INestedOptions, IHasId, IHasMetadata
{
    public bool? Active { get; set; }
    public string Id { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public string StatementDescriptor { get; set; }
    public string TaxCode { get; set; }
    public string UnitLabel { get; set; }
}

public class PriceRecurringListOptions : INestedOptions
{
    public string Interval { get; set; }
    public string Meter { get; set; }
    public string UsageType { get; set; }
}

public class PriceRecurringOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
    public string Meter { get; set; }
    public long? TrialPeriodDays { get; set; }
    public string UsageType { get; set; }
}

public class PriceTierOptions : INestedOptions
{
    public long? FlatAmount { get; set; }
    public decimal? FlatAmountDecimal { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
    public AnyOf<long?, PriceTierUpTo> UpTo { get; set; }
}

public class PriceTierUpTo : StringEnum
{
    public static readonly PriceTierUpTo Inf = new("inf");

    private PriceTierUpTo(string value) : base(value)
    {
    }
}

public class PriceTransformQuantityOptions : INestedOptions
{
    public long? DivideBy { get; set; }
    public string Round { get; set; }
}
