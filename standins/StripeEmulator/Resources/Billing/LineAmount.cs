using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a line costs: an amount, a quantity at a unit amount, or a quantity of a price.</summary>
public sealed record LineAmount(long Amount, string Quantity, string? UnitAmount, string? Description, Stored? Price)
{
    /// <summary>Reads amount, quantity, unit_amount_decimal, unit_amount, price_data and pricing of a hash of parameters.</summary>
    public static LineAmount? Read(Call call, JsonObject sent, string prefix, string? currency)
    {
        string Name(string name) => ParameterCheck.Name(prefix, name);
        var asked = (sent["pricing"] as JsonObject)?.Text("price") ?? sent.Text("price");
        var data = sent["price_data"] as JsonObject;
        var unit = sent.Text("unit_amount_decimal") ?? sent["unit_amount"]?.ToString();
        var quantity = sent.Text("quantity_decimal") ?? sent["quantity"]?.ToString();
        if (sent["amount"] is { } amount)
        {
            if (quantity is not null || unit is not null || asked is not null || data is not null)
            {
                throw StripeException.Exclusive(Name("amount"), Name(asked is not null ? "pricing[price]" : data is not null ? "price_data" : unit is not null ? "unit_amount_decimal" : "quantity"));
            }

            return new LineAmount(amount.Long(), "1", amount.ToString(), null, null);
        }

        if (asked is not null && data is not null)
        {
            throw StripeException.Exclusive(Name("pricing[price]"), Name("price_data"));
        }

        var param = Name(sent.ContainsKey("price") ? "price" : "pricing[price]");
        var price = asked is not null ? OneTime(call, call.Referred("price", asked, param), param)
            : data is not null ? Prices.FromData(call, data, Name("price_data"))
            : null;
        if (price is null && unit is null)
        {
            return null;
        }

        var count = Decimals.Read(quantity ?? "1", Name("quantity"));
        if (count < 0)
        {
            throw StripeException.Negative(Name("quantity"));
        }

        if (price is null)
        {
            return new LineAmount(Decimals.HalfUp(count * Decimals.Read(unit!, Name("unit_amount_decimal"))), Decimals.Show(count), unit, null, null);
        }

        var lines = Priced(price, count, currency, param);
        return new LineAmount(
            lines.Sum(l => l.Amount),
            Decimals.Show(count),
            lines.Count == 1 ? lines[0].UnitAmount : null,
            call.Tx.Find("product", price.Value.Text("product")!)?.Value.Text("name"),
            price);
    }

    /// <summary>Writes the amount and what it was made of to an invoice item or a line.</summary>
    public void Write(Transaction tx, JsonObject target)
    {
        target["amount"] = Amount;
        target["quantity"] = Decimals.Whole(Decimals.Of(Quantity)) ?? 0;
        target["quantity_decimal"] = Quantity;
        var known = target["pricing"]?["price_details"] as JsonObject;
        target["pricing"] = new JsonObject
        {
            ["price_details"] = new JsonObject
            {
                ["price"] = Price?.Id ?? tx.Ids.New("price"),
                ["product"] = Price?.Value.Text("product") ?? (known?.Text("product") is { } product && tx.Find("product", product) is null ? product : tx.Ids.New("prod")),
            },
            ["type"] = "price_details",
            ["unit_amount_decimal"] = UnitAmount,
        };
    }

    private static Stored OneTime(Call call, Stored price, string param)
    {
        if (price.Value.Text("type") != "one_time")
        {
            throw StripeException.Invalid("The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.", param);
        }

        if (!price.Value.Is("active") || call.Tx.Find("product", price.Value.Text("product")!)?.Value.Is("active") == false)
        {
            throw StripeException.Invalid("The price specified is inactive. This field only accepts active prices.", param);
        }

        return price.Value["custom_unit_amount"] is null
            ? price
            : throw StripeException.Invalid("The price specified has a `custom_unit_amount`, which this field does not accept.", param);
    }

    private static IReadOnlyList<PricedLine> Priced(Stored price, decimal count, string? currency, string param)
    {
        try
        {
            return PriceAmounts.Lines(price, count, currency);
        }
        catch (StripeException refusal) when (refusal.Param is null)
        {
            throw StripeException.Invalid(refusal.Message, param);
        }
    }
}
