using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a line costs, from an amount, or a quantity at a unit price.</summary>
public sealed record LineAmount(long Amount, string Quantity, string UnitAmount, string? Product)
{
    /// <summary>Reads amount, quantity, unit_amount_decimal, unit_amount, price_data and pricing of a hash of parameters.</summary>
    public static LineAmount? Read(Call call, JsonObject sent, string prefix)
    {
        string Name(string name) => prefix.Length == 0 ? name : $"{prefix}[{name}]";
        if (((sent["pricing"] as JsonObject)?.Text("price") ?? sent.Text("price")) is { } price)
        {
            throw StripeException.NoSuch("price", price, Name("pricing[price]"));
        }

        var data = sent["price_data"] as JsonObject;
        if (data?.Text("product") is { } product)
        {
            throw StripeException.NoSuch("product", product, Name("price_data[product]"));
        }

        var unit = sent.Text("unit_amount_decimal") ?? sent["unit_amount"]?.ToString() ?? data?.Text("unit_amount_decimal") ?? data?["unit_amount"]?.ToString();
        var quantity = sent.Text("quantity_decimal") ?? sent["quantity"]?.ToString();
        if (sent["amount"] is { } amount)
        {
            if (quantity is not null || unit is not null)
            {
                throw StripeException.Invalid($"You may only specify one of these parameters: amount, {(unit is not null ? "unit_amount_decimal" : "quantity")}.", Name("amount"));
            }

            return new LineAmount(amount.Long(), "1", amount.ToString(), null);
        }

        if (unit is null)
        {
            return null;
        }

        quantity ??= "1";
        var exact = decimal.Parse(quantity, CultureInfo.InvariantCulture) * decimal.Parse(unit, CultureInfo.InvariantCulture);
        return new LineAmount((long)Math.Round(exact, MidpointRounding.AwayFromZero), quantity, unit, data?["product_data"] is JsonObject made ? made.Text("name") : null);
    }

    /// <summary>Writes the amount and what it was made of to an invoice item or a line.</summary>
    public void Write(Transaction tx, JsonObject target)
    {
        target["amount"] = Amount;
        target["quantity"] = decimal.Parse(Quantity, CultureInfo.InvariantCulture) is var quantity && quantity == Math.Truncate(quantity) ? (long)quantity : 0;
        target["quantity_decimal"] = Quantity;
        var known = target["pricing"]?["price_details"] as JsonObject;
        target["pricing"] = new JsonObject
        {
            ["price_details"] = new JsonObject { ["price"] = tx.Ids.New("price"), ["product"] = known?.Text("product") ?? tx.Ids.New("prod") },
            ["type"] = "price_details",
            ["unit_amount_decimal"] = UnitAmount,
        };
    }
}
