using Stripe.Infrastructure;

namespace Stripe.Checkout;

public class SessionLineItemAdjustableQuantityOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
}

public class SessionLineItemOptions : INestedOptions, IHasMetadata, IHasId, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public SessionLineItemAdjustableQuantityOptions AdjustableQuantity { get; set; }
    public string Id { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Price { get; set; }
    public SessionLineItemPriceDataOptions PriceData { get; set; }
    public long? Quantity { get; set; }
    public List<string> TaxRates { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SessionLineItemPriceDataOptions : INestedOptions
{
    public string Currency { get; set; }
    public string Product { get; set; }
    public SessionLineItemPriceDataProductDataOptions ProductData { get; set; }
    public SessionLineItemPriceDataRecurringOptions Recurring { get; set; }
    public string TaxBehavior { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}

public class SessionLineItemPriceDataProductDataOptions : INestedOptions, IHasMetadata
{
    public string Description { get; set; }
    public List<string> Images { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public string TaxCode { get; set; }
    public string UnitLabel { get; set; }
}

public class SessionLineItemPriceDataRecurringOptions : INestedOptions
{
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
}
