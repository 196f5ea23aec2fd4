namespace Stripe;

public class ProductDefaultPriceDataCurrencyOptionsCustomUnitAmountOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
    public long? Preset { get; set; }
}

public class ProductDefaultPriceDataCurrencyOptionsOptions : INestedOptions
{
    public ProductDefaultPriceDataCurrencyOptionsCustomUnitAmountOptions CustomUnitAmount { get; set; }
    public string TaxBehavior { get; set; }
    public List<ProductDefaultPriceDataCurrencyOptionsTierOptions> Tiers { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class ProductDefaultPriceDataCurrencyOptionsTierOptions : INestedOptions
{
    public long? FlatAmount { get; set; }
    public decimal? FlatAmountDecimal { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
    public AnyOf<long?, PriceTierUpTo> UpTo { get; set; }
}

public class ProductDefaultPriceDataCustomUnitAmountOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
    public long? Preset { get; set; }
}

public class ProductDefaultPriceDataOptions : INestedOptions, IHasMetadata
{
    public string Currency { get; set; }
    public Dictionary<string, ProductDefaultPriceDataCurrencyOptionsOptions> CurrencyOptions { get; set; }
    public ProductDefaultPriceDataCustomUnitAmountOptions CustomUnitAmount { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public ProductDefaultPriceDataRecurringOptions Recurring { get; set; }
    public string TaxBehavior { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class ProductDefaultPriceDataRecurringOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}
