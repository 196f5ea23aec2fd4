namespace Marketplace.Gateway.Metering;

/// <summary>So many units of a provider's own, as its answer told.</summary>
/// <param name="Unit">Such as <c>x-tokens</c>.</param>
public readonly record struct UnitCount(string Unit, long Quantity)
{
    /// <summary>How many of a unit there are among others.</summary>
    public static long Of(UnitCount[]? counts, string unit)
    {
        foreach (var count in counts ?? [])
        {
            if (count.Unit == unit)
            {
                return count.Quantity;
            }
        }

        return 0;
    }
}
