using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>One line of what a quantity costs: the part of it at one unit price. A tier's flat amount is in its line's amount.</summary>
public sealed record PricedLine(decimal Quantity, string? UnitAmount, long Amount, int? Tier);

/// <summary>
/// What a quantity of a price costs: per unit, per package, or per tier. Each line is rounded half up to the minor unit, and the sum of
/// the lines is the amount. Pure: it reads the price and changes nothing.
/// </summary>
public static class PriceAmounts
{
    /// <summary>Stripe's own limit of a single amount.</summary>
    public const long Most = 99_999_999;

    public static long Total(Stored price, decimal quantity, string? currency = null) => Lines(price, quantity, currency).Sum(l => l.Amount);

    /// <summary>The lines for a quantity, in the price's own currency or one of its currency options.</summary>
    public static IReadOnlyList<PricedLine> Lines(Stored price, decimal quantity, string? currency = null)
    {
        var value = price.Value;
        var option = currency is null || currency == value.Text("currency") ? null : price.Inner["currency_options"]?[currency] as JsonObject;
        if (currency is not null && currency != value.Text("currency") && option is null)
        {
            throw StripeException.Invalid($"The price specified only supports `{value.Text("currency")}`. This doesn't match the expected currency: `{currency}`.");
        }

        if (value.Text("billing_scheme") == "tiered")
        {
            var tiers = (option is null ? price.Inner["tiers"] : option["tiers"])!.AsArray();
            return value.Text("tiers_mode") == "volume" ? Volume(tiers, quantity) : Graduated(tiers, quantity);
        }

        var unit = (option ?? value).Text("unit_amount_decimal") ?? "0";
        return [new PricedLine(quantity, unit, Decimals.HalfUp(Packages(value, quantity) * Decimals.Of(unit)), null)];
    }

    /// <summary>Units after <c>transform_quantity</c>: whole packages.</summary>
    public static decimal Packages(JsonObject price, decimal quantity)
    {
        if (price["transform_quantity"] is not JsonObject transform)
        {
            return quantity;
        }

        var packages = quantity / transform.Long("divide_by");
        return transform.Text("round") == "up" ? decimal.Ceiling(packages) : decimal.Floor(packages);
    }

    private static PricedLine[] Volume(JsonArray tiers, decimal quantity)
    {
        for (var at = 0; at < tiers.Count; at++)
        {
            var tier = tiers[at]!.AsObject();
            if (tier["up_to"] is null || quantity <= tier.Long("up_to"))
            {
                return [In(tier, at, quantity, flat: quantity > 0)];
            }
        }

        throw new InvalidOperationException("The last tier has no upper bound.");
    }

    private static List<PricedLine> Graduated(JsonArray tiers, decimal quantity)
    {
        var lines = new List<PricedLine>();
        decimal below = 0;
        for (var at = 0; at < tiers.Count && (at == 0 || quantity > below); at++)
        {
            var tier = tiers[at]!.AsObject();
            var reached = tier["up_to"] is null ? quantity : Math.Min(quantity, tier.Long("up_to"));
            lines.Add(In(tier, at, reached - below, flat: quantity > 0));
            below = reached;
            if (tier["up_to"] is not null)
            {
                below = tier.Long("up_to");
            }
        }

        return lines;
    }

    private static PricedLine In(JsonObject tier, int at, decimal quantity, bool flat)
    {
        var unit = tier.Text("unit_amount_decimal");
        var exact = (quantity * Decimals.Of(unit ?? "0")) + (flat ? Decimals.Of(tier.Text("flat_amount_decimal") ?? "0") : 0);
        return new PricedLine(quantity, unit, Decimals.HalfUp(exact), at + 1);
    }
}
