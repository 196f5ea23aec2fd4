namespace Stripe;

public class ProductCreateOptions : BaseOptions, IHasId, IHasMetadata
{
    public bool? Active { get; set; }
    public ProductDefaultPriceDataOptions DefaultPriceData { get; set; }
    public string Description { get; set; }
    public string Id { get; set; }
    public List<string> Images { get; set; }
    public List<ProductMarketingFeatureOptions> MarketingFeatures { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public ProductPackageDimensionsOptions PackageDimensions { get; set; }
    public bool? Shippable { get; set; }
    public string StatementDescriptor { get; set; }
    public string TaxCode { get; set; }
    public string Type { get; set; }
    public string UnitLabel { get; set; }
    public string Url { get; set; }
}

public class ProductDeleteOptions : BaseOptions;

public class ProductGetOptions : BaseOptions;

public class ProductListOptions : ListOptions
{
    public bool? Active { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public List<string> Ids { get; set; }
    public bool? Shippable { get; set; }
    public string Type { get; set; }
    public string Url { get; set; }
}

public class ProductSearchOptions : SearchOptions;

public class ProductUpdateOptions : BaseOptions, IHasMetadata
{
    public bool? Active { get; set; }
    public string DefaultPrice { get; set; }
    public string Description { get; set => field = Assigned.Keep(value); }
    public List<string> Images { get; set => field = Assigned.Keep(value); }
    public List<ProductMarketingFeatureOptions> MarketingFeatures { get; set => field = Assigned.Keep(value); }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Name { get; set; }
    public ProductPackageDimensionsOptions PackageDimensions { get; set => field = Assigned.Keep(value); }
    public bool? Shippable { get; set; }
    public string StatementDescriptor { get; set; }
    public string TaxCode { get; set => field = Assigned.Keep(value); }
    public string UnitLabel { get; set => field = Assigned.Keep(value); }
    public string Url { get; set => field = Assigned.Keep(value); }
}
