using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Invoicing.Tests;

/// <summary>Plans for tests: monthly, 14 days to pay.</summary>
internal static class Plans
{
    public static readonly DateTimeOffset January = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset February = January.AddMonths(1);
    public static readonly DateTimeOffset March = January.AddMonths(2);

    /// <summary>The tiers of the plan that every document of the field calculates with: 1–500 at 2.00; to 5,000 at 1.00 and 10.00; above at 0.50 and 20.00.</summary>
    public static readonly IReadOnlyList<PriceTier> Tiers = [new(500, "200", "0"), new(5000, "100", "1000"), new(null, "50", "2000")];

    public static PlanSnapshot Of(
        string model = "flat", long basePrice = 0, string? unitAmount = null, long setupFee = 0, string currency = "usd", int paymentTermDays = 14, string title = "Enterprise Plan") =>
        Priced(new PriceSnapshot(model, basePrice, unitAmount), setupFee, currency, paymentTermDays, title);

    public static PlanSnapshot Priced(
        PriceSnapshot price, long setupFee = 0, string currency = "usd", int paymentTermDays = 14, string title = "Enterprise Plan") => new(
        "pln_1", "enterprise", title, "active", currency, "month", 1, price, setupFee, 0, null, "automatic", false, 3, paymentTermDays, [], null, null);

    /// <summary>January closed, February following.</summary>
    public static MeteringPeriodClosed Closed(PlanSnapshot plan, params PeriodUsage[] usage) =>
        new("clo_1", "sub_1", "org_1", "period_end", plan, January, February, February, March, usage, February.AddHours(2));

    /// <summary>So many units in January.</summary>
    public static PeriodUsage Used(long quantity, string unit = "transactions") => new(unit, quantity, January, February, null, null);

    /// <summary>The lines of so many units in January under a price.</summary>
    public static IReadOnlyList<RatedLine> Rate(PriceSnapshot price, long quantity, string currency = "usd") =>
        Rating.Closed("Weather", Closed(Priced(price, currency: currency), Used(quantity)));

    /// <summary>What they come to.</summary>
    public static long Cost(PriceSnapshot price, long quantity, string currency = "usd") => Rate(price, quantity, currency).Sum(l => l.Amount);
}
