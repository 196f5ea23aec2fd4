using System.ComponentModel.DataAnnotations;
using Marketplace.Pricing;

namespace Marketplace.Catalog;

/// <summary>An amount in minor units of its currency.</summary>
/// <param name="Amount">Minor units: 2500 is 25.00 in a currency with two decimals, 2500 in one without.</param>
/// <param name="Currency">ISO 4217, such as <c>usd</c>.</param>
public sealed record Money(
    [Required, Range(0, MinorUnits.MostOfPlan)] long? Amount,
    [Required, RegularExpression("^[A-Za-z]{3}$")] string Currency)
{
    /// <summary>The amount of a price that may be left out.</summary>
    public static long Minor(Money? money) => money?.Amount ?? 0;
}
