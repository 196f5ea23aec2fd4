using System.Text.Json.Nodes;

namespace Marketplace.Chaos.Tests;

/// <summary>A product on sale with the plans that may be changed for one another.</summary>
/// <param name="MostSeats">Up to how many seats its plans are sold; null where they are not sold by seats.</param>
public sealed record Offer(string ProductId, string ApiId, string Path, IReadOnlyList<Plan> Plans, int? MostSeats)
{
    /// <summary>The plan that a subscription has, with its seats.</summary>
    public Plan Of(JsonNode subscription) => Plans.Single(plan => plan.Id == (string)subscription["plan"]!["id"]!).With((int?)subscription["seats"] ?? 1);
}

/// <summary>A monthly plan as it is sold, or as a subscription has it.</summary>
public sealed record Plan(string Id, string Title, Price Price, int Seats = 1)
{
    /// <summary>With so many seats, each at the plan's base price.</summary>
    public Plan With(int seats) => this with { Seats = seats, Price = Price with { Base = Price.Base / Seats * seats } };
}

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
