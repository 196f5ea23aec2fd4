namespace Marketplace.Chaos.Tests;

/// <summary>A product on sale with the plans that may be changed for one another.</summary>
public sealed record Offer(string ProductId, string ApiId, string Path, IReadOnlyList<Plan> Plans)
{
    /// <summary>A plan by its id.</summary>
    public Plan Of(string planId) => Plans.Single(plan => plan.Id == planId);
}

/// <summary>A monthly plan on sale.</summary>
public sealed record Plan(string Id, string Title, Price Price);

/// <summary>What a plan costs, in cents: once, for each period that is begun, and for each unit above what a period includes.</summary>
public sealed record Price(long Setup, long Base, long Included, long PerUnit)
{
    /// <summary>What a subscription's units come to. Where there was more than one closure, units may lie in either period.</summary>
    public (long Least, long Most) Usage(long units, int closures) =>
        (PerUnit * Math.Max(0, units - (Included * Math.Max(1, closures))), PerUnit * Math.Max(0, units - Included));

    /// <summary>The share of a period's base price that falls on a part of it, rounded half away from zero.</summary>
    public long Share((DateTimeOffset From, DateTimeOffset To) whole, DateTimeOffset from, DateTimeOffset to) => (long)Math.Round(
        Base * (decimal)(to.ToUnixTimeSeconds() - from.ToUnixTimeSeconds()) / (whole.To.ToUnixTimeSeconds() - whole.From.ToUnixTimeSeconds()), MidpointRounding.AwayFromZero);
}
