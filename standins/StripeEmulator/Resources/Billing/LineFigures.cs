using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>One line while its invoice is added up: what is left of its amount after each discount, and the taxes on that.</summary>
public sealed class LineFigures(JsonObject line, IReadOnlyList<Stored> discounts, IReadOnlyList<JsonObject> rates)
{
    public JsonObject Line { get; } = line;

    public IReadOnlyList<Stored> Discounts { get; } = discounts;

    public IReadOnlyList<JsonObject> Rates { get; } = rates;

    public long Amount { get; } = line.Long("amount");

    /// <summary>What is left after the discounts so far.</summary>
    public long Left { get; private set; } = line.Long("amount");

    public List<(string Discount, long Amount)> Reductions { get; } = [];

    public List<TaxFigure> Taxes { get; } = [];

    public bool TakesDiscount(Stored discount) =>
        Left > 0 && Line.Is("discountable")
        && (discount.Inner["applies_to"]?["products"] is not JsonArray products
            || Line["pricing"]?["price_details"]?["product"]?.GetValue<string>() is { } product && products.Any(p => p!.GetValue<string>() == product));

    public void Reduce(string discount, long amount)
    {
        Left -= amount;
        Reductions.Add((discount, amount));
    }

    /// <summary>Taxes what is left: what lies within it first, then what comes on top of the rest. Each is rounded half up.</summary>
    public void Tax(string exempt)
    {
        var reason = exempt switch { "exempt" => "customer_exempt", "reverse" => "reverse_charge", _ => "not_available" };
        var within = Rates.Where(r => r.Is("inclusive")).Select(PercentOf).ToArray();
        var net = Left;
        if (within.Length > 0 && reason == "not_available")
        {
            var tax = Decimals.HalfUp(Left - (Left / (1 + (within.Sum() / 100))));
            net = Left - tax;
            var shares = Spread(tax, within);
            var at = 0;
            foreach (var rate in Rates.Where(r => r.Is("inclusive")))
            {
                Taxes.Add(new TaxFigure(rate.Text("id")!, true, shares[at++], net, rate.Text("taxability_reason") ?? reason));
            }
        }

        foreach (var rate in Rates.Where(r => reason != "not_available" || !r.Is("inclusive")))
        {
            var tax = reason == "not_available" ? Decimals.HalfUp(net * PercentOf(rate) / 100) : 0;
            Taxes.Add(new TaxFigure(rate.Text("id")!, rate.Is("inclusive"), tax, net, reason == "not_available" ? rate.Text("taxability_reason") ?? reason : reason));
        }
    }

    /// <summary>Splits a total by weight into whole parts that sum to it: the largest remainders get what rounding down leaves.</summary>
    public static long[] Spread(long total, IReadOnlyList<decimal> weights)
    {
        var sum = weights.Sum();
        if (sum == 0)
        {
            return [.. weights.Select((_, at) => at == 0 ? total : 0)];
        }

        var exact = weights.Select(w => total * w / sum).ToArray();
        var parts = exact.Select(e => (long)decimal.Floor(e)).ToArray();
        foreach (var at in Enumerable.Range(0, parts.Length).OrderByDescending(i => exact[i] - parts[i]).ThenBy(i => i).Take((int)(total - parts.Sum())))
        {
            parts[at]++;
        }

        return parts;
    }

    public static decimal PercentOf(JsonObject rate) => rate["percentage"] is { } value ? Decimals.Of(value.ToString()) : 0;
}

/// <summary>A tax on a line, or on all lines that bear it.</summary>
public sealed record TaxFigure(string Rate, bool Inclusive, long Amount, long Taxable, string Reason)
{
    public JsonObject Show() => new()
    {
        ["amount"] = Amount, ["tax_behavior"] = Inclusive ? "inclusive" : "exclusive", ["tax_rate_details"] = new JsonObject { ["tax_rate"] = Rate },
        ["taxability_reason"] = Reason, ["taxable_amount"] = Taxable, ["type"] = "tax_rate_details",
    };
}
