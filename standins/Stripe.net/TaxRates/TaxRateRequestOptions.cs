namespace Stripe;

public class TaxRateCreateOptions : BaseOptions, IHasMetadata
{
    public bool? Active { get; set; }
    public string Country { get; set; }
    public string Description { get; set; }
    public string DisplayName { get; set; }
    public bool? Inclusive { get; set; }
    public string Jurisdiction { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public decimal? Percentage { get; set; }
    public string State { get; set; }
    public string TaxType { get; set; }
}

public class TaxRateGetOptions : BaseOptions;

public class TaxRateListOptions : ListOptions
{
    public bool? Active { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public bool? Inclusive { get; set; }
}

public class TaxRateUpdateOptions : BaseOptions, IHasMetadata
{
    public bool? Active { get; set; }
    public string Country { get; set; }
    public string Description { get; set; }
    public string DisplayName { get; set; }
    public string Jurisdiction { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string State { get; set; }
    public string TaxType { get; set; }
}
