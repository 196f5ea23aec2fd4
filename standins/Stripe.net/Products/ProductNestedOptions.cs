namespace Stripe;

public class ProductMarketingFeatureOptions : INestedOptions
{
    public string Name { get; set; }
}

public class ProductPackageDimensionsOptions : INestedOptions
{
    public decimal? Height { get; set; }
    public decimal? Length { get; set; }
    public decimal? Weight { get; set; }
    public decimal? Width { get; set; }
}
