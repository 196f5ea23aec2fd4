namespace Stripe;

public class CouponCreateOptions : BaseOptions, IHasId, IHasMetadata
{
    public long? AmountOff { get; set; }
    public CouponAppliesToOptions AppliesTo { get; set; }
    public string Currency { get; set; }
    public Dictionary<string, CouponCurrencyOptionsOptions> CurrencyOptions { get; set; }
    public string Duration { get; set; }
    public long? DurationInMonths { get; set; }
    public string Id { get; set; }
    public long? MaxRedemptions { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Name { get; set; }
    public decimal? PercentOff { get; set; }
    public DateTime? RedeemBy { get; set; }
}

public class CouponDeleteOptions : BaseOptions;

public class CouponGetOptions : BaseOptions;

public class CouponListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
}

public class CouponUpdateOptions : BaseOptions, IHasMetadata
{
    public Dictionary<string, CouponCurrencyOptionsOptions> CurrencyOptions { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Name { get; set; }
}
