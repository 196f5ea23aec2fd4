using Marketplace.Contracts.Catalog;

namespace Marketplace.Pricing;

/// <summary>Plans that are sold by seats, and what any plan's base price comes to: the only place that multiplies what is charged.</summary>
public static class PlanSeats
{
    /// <summary>The price model that charges its base price for each seat.</summary>
    public const string Model = "per_seat";

    /// <summary>The most seats that any plan sells.</summary>
    public const int Bound = 100_000;

    /// <summary>Whether a price is one of seats.</summary>
    public static bool AreSold(PriceSnapshot price) => price.Model == Model;

    /// <summary>The least and the most seats of a price that names neither, or one of them: from 1 to as many as Stripe charges at once (<see cref="Currencies.MostInMost"/>), 100,000 at most.</summary>
    /// <param name="price">Of one seat, in minor units, above zero.</param>
    public static (int Least, int Most) Range(long price, int? least, int? most) =>
        (least ?? 1, most ?? (int)Math.Clamp(Currencies.MostInMost / price, least ?? 1, Bound));

    /// <summary>A plan as somebody takes it: with so many seats, or with the least of them; without any where it sells none.</summary>
    public static PlanSnapshot Take(PlanSnapshot plan, int? seats) => plan with { Seats = AreSold(plan.Price) ? seats ?? Least(plan.Price) : null };

    /// <summary>Whether a plan sells as many seats as its subscriber has.</summary>
    public static bool Fit(PlanSnapshot plan) => !AreSold(plan.Price) || (plan.Seats is { } seats && seats >= Least(plan.Price) && seats <= (plan.Price.MaximumSeats ?? Bound));

    /// <summary>How many times the base price is charged: once for each seat, of other plans once.</summary>
    public static int Count(PlanSnapshot plan) => AreSold(plan.Price) ? plan.Seats ?? Least(plan.Price) : 1;

    /// <summary>What a period's base price comes to, in minor units: of all seats. Whole minor units times whole seats: nothing is rounded.</summary>
    public static long BasePrice(PlanSnapshot plan) => BasePrice(plan.Price, Count(plan));

    /// <summary>The same, for so many seats.</summary>
    internal static long BasePrice(PriceSnapshot price, long seats) => checked(price.Base * (AreSold(price) ? seats : 1));

    /// <summary>A plan's seats as lines name them, such as <c>5 seats</c>; null where it sells none.</summary>
    public static string? Words(PlanSnapshot plan) => !AreSold(plan.Price) ? null : Count(plan) == 1 ? "1 seat" : $"{Count(plan)} seats";

    private static int Least(PriceSnapshot price) => price.MinimumSeats ?? 1;
}
