using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class LineItemAdjustableQuantity : StripeEntity<LineItemAdjustableQuantity>
{
    public bool Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class LineItemDiscount : StripeEntity<LineItemDiscount>
{
    public long Amount { get; set; }
    public Discount Discount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class LineItemTax : StripeEntity<LineItemTax>
{
    public long Amount { get; set; }
    public TaxRate Rate { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
}
