namespace Marketplace.Gateway.Dev.Seed;

/// <summary>The products that are put on offer, with the terms of their plans.</summary>
internal static class PriceList
{
    private static readonly object Month = new { unit = "month", count = 1 };

    /// <summary>The product that the consumer pays for.</summary>
    public const string Orders = "Orders API";

    /// <summary>25.00 USD a month, 1,000 calls, strict.</summary>
    public const string Enterprise = "Enterprise Plan";

    /// <summary>The product with a plan for each way to price: what a storefront can show.</summary>
    public const string EveryModel = "Every Price Model";

    /// <summary>100 calls a day, strict.</summary>
    public const string Free = "Free";

    /// <summary>Title and terms of each plan, in the order of the storefront, by product.</summary>
    public static readonly (string Product, (string Title, object Terms)[] Plans)[] Products =
    [
        (Orders,
        [
            (Enterprise, new
            {
                title = Enterprise, currency = "usd", billingPeriod = Month, price = new { model = "flat", @base = Usd(2500) },
                quotas = new[] { new { unit = "transactions", limit = 1000, kind = "strict", interval = "period" } },
            }),
            ("Pay per use", new { title = "Pay per use", currency = "usd", billingPeriod = Month, price = new { model = "unit", unitAmount = "1" }, setupFee = Usd(1000) }),
        ]),
        (EveryModel,
        [
            (Free, new { title = Free, price = new { model = "free" }, quotas = new[] { new { unit = "transactions", limit = 100, kind = "strict", interval = "day" } } }),
            ("Flat, with set-up fee and trial", new
            {
                title = "Flat, with set-up fee and trial", currency = "usd", billingPeriod = Month, price = new { model = "flat", @base = Usd(4900) }, setupFee = Usd(1000), trialDays = 14,
            }),
            ("Flat, 10,000 calls included and overage", new
            {
                title = "Flat, 10,000 calls included and overage", currency = "usd", billingPeriod = Month, price = new { model = "flat", @base = Usd(9900) },
                quotas = new[] { new { unit = "transactions", limit = 10_000, kind = "loose", interval = "period", overage = "0.8" } },
            }),
            ("Flat, in yen", new { title = "Flat, in yen", currency = "jpy", billingPeriod = Month, price = new { model = "flat", @base = new { amount = 5000, currency = "jpy" } } }),
            ("Per call, half a cent", new { title = "Per call, half a cent", currency = "usd", billingPeriod = Month, price = new { model = "unit", unitAmount = "0.5" } }),
            ("Graduated: each call at its tier's price", new
            {
                title = "Graduated: each call at its tier's price", currency = "usd", billingPeriod = Month,
                price = new { model = "graduated", tiers = new object[] { new { upTo = 1000, unitAmount = "0" }, new { upTo = 10_000, unitAmount = "1" }, new { unitAmount = "0.5" } } },
            }),
            ("Volume: all calls at the price of the tier reached", new
            {
                title = "Volume: all calls at the price of the tier reached", currency = "usd", billingPeriod = Month,
                price = new { model = "volume", tiers = new object[] { new { upTo = 1000, unitAmount = "2" }, new { unitAmount = "1", flatAmount = "500" } } },
            }),
            ("Package: 5.00 USD per started 1,000 calls", new
            {
                title = "Package: 5.00 USD per started 1,000 calls", currency = "usd", billingPeriod = Month, price = new { model = "package", unitAmount = "500", packageSize = 1000 },
            }),
            ("Per seat: 12.00 USD a month for each of 2 to 50 seats", new
            {
                title = "Per seat: 12.00 USD a month for each of 2 to 50 seats", currency = "usd", billingPeriod = Month,
                price = new { model = "per_seat", @base = Usd(1200), minimumSeats = 2, maximumSeats = 50 },
                quotas = new[] { new { unit = "transactions", limit = 100_000, kind = "strict", interval = "period" } },
            }),
            ("Custom: as agreed", new { title = "Custom: as agreed", currency = "usd", billingPeriod = Month, price = new { model = "custom" }, approval = "manual" }),
        ]),
    ];

    private static object Usd(long amount) => new { amount, currency = "usd" };
}
