namespace Stripe;

public class PriceGetOptions : BaseOptions;

public class PriceListOptions : ListOptions
{
    public bool? Active { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Currency { get; set; }
    public List<string> LookupKeys { get; set; }
    public string Product { get; set; }
    public PriceRecurringListOptions Recurring { get; set; }
    public string Type { get; set; }
}

public class PriceSearchOptions : SearchOptions;

public class PriceUpdateOptions : BaseOptions, IHasMetadata
{
    public bool? Active { get; set; }
    public Dictionary<string, PriceCurrencyOptionsOptions> CurrencyOptions { get; set => field = Assigned.Keep(value); }
    public string LookupKey { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Nickname { get; set; }
    public string TaxBehavior { get; set; }
    public bool? TransferLookupKey { get; set; }
}
