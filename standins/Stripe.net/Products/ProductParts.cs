using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class ProductMarketingFeature : StripeEntity<ProductMarketingFeature>
{
    public string Name { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ProductPackageDimensions : StripeEntity<ProductPackageDimensions>
{
    public decimal Height { get; set; }
    public decimal Length { get; set; }
    public decimal Weight { get; set; }
    public decimal Width { get; set; }
}
