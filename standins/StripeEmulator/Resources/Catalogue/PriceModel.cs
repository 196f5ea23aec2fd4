using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>How a price charges: per unit, package, tiers, what the buyer pleases; once or at an interval, by quantity or by a meter.</summary>
public static class PriceModel
{
    private static readonly Dictionary<string, long> MostIntervals = new(StringComparer.Ordinal) { ["day"] = 1_095, ["week"] = 156, ["month"] = 36, ["year"] = 3 };

    /// <summary>Fills the price from parameters; tiers and currency options, which show only on demand, go to the inner part.</summary>
    public static void Read(Call call, JsonObject sent, string prefix, JsonObject price, JsonObject inner)
    {
        Recurring(call, sent, prefix, price);
        var currency = price.Text("currency")!;
        if (sent.Text("billing_scheme") == "tiered" || sent["tiers"] is not null || sent["tiers_mode"] is not null)
        {
            Tiered(sent, prefix, price, inner);
        }
        else
        {
            Amount(sent, prefix, price);
            Transform(sent, prefix, price);
        }

        var options = Options(sent["currency_options"], price, ParameterCheck.Name(prefix, "currency_options"));
        options[currency] = Own(price, inner);
        inner["currency_options"] = options;
    }

    /// <summary>Currency options as sent, shaped and checked; the price says which model they must follow.</summary>
    public static JsonObject Options(JsonNode? sent, JsonObject price, string param)
    {
        var options = new JsonObject();
        foreach (var (currency, node) in sent as JsonObject ?? [])
        {
            var name = $"{param}[{currency}]";
            var key = Currencies.Check(currency, param);
            if (key == price.Text("currency"))
            {
                throw StripeException.Invalid("You cannot specify the price's own currency in `currency_options`.", name);
            }

            var option = (node as JsonObject ?? []).Clone();
            var (shaped, inside) = (new JsonObject { ["billing_scheme"] = price.Text("billing_scheme"), ["unit_amount"] = null, ["unit_amount_decimal"] = null, ["custom_unit_amount"] = null }, new JsonObject());
            if (price.Text("billing_scheme") == "tiered")
            {
                option["tiers_mode"] = price.Text("tiers_mode");
                option["tiers"] = new JsonArray([.. (option["tiers"] as JsonObject ?? []).Select(t => t.Value?.DeepClone())]);
                Tiered(option, name, shaped, inside);
            }
            else
            {
                Amount(option, name, shaped);
            }

            shaped["tax_behavior"] = option.Text("tax_behavior") ?? "unspecified";
            options[key] = Own(shaped, inside);
        }

        return options;
    }

    private static JsonObject Own(JsonObject price, JsonObject inner)
    {
        var option = new JsonObject
        {
            ["custom_unit_amount"] = price["custom_unit_amount"]?.DeepClone(), ["tax_behavior"] = price["tax_behavior"]?.DeepClone(),
            ["unit_amount"] = price["unit_amount"]?.DeepClone(), ["unit_amount_decimal"] = price["unit_amount_decimal"]?.DeepClone(),
        };
        if (inner["tiers"] is { } tiers)
        {
            option["tiers"] = tiers.DeepClone();
        }

        return option;
    }

    private static void Recurring(Call call, JsonObject sent, string prefix, JsonObject price)
    {
        if (sent["recurring"] is not JsonObject asked)
        {
            return;
        }

        var (interval, count) = (asked.Text("interval")!, asked["interval_count"] is null ? 1 : asked.Long("interval_count"));
        if (count < 1)
        {
            throw StripeException.BelowOne(ParameterCheck.Name(prefix, "recurring[interval_count]"));
        }

        if (count > MostIntervals[interval])
        {
            throw StripeException.Invalid("The maximum interval of a price is three years (3 years, 36 months, 156 weeks or 1095 days).", ParameterCheck.Name(prefix, "recurring[interval_count]"));
        }

        var (usage, meter) = (asked.Text("usage_type") ?? "licensed", asked.Text("meter"));
        if (usage == "metered" && meter is null)
        {
            throw StripeException.Invalid("Metered prices must be backed by a meter: specify `recurring[meter]`.", ParameterCheck.Name(prefix, "recurring[meter]"), "parameter_missing");
        }

        if (usage == "licensed" && meter is not null)
        {
            throw StripeException.Invalid("`recurring[meter]` can only be set when `recurring[usage_type]` is `metered`.", ParameterCheck.Name(prefix, "recurring[meter]"));
        }

        if (meter is not null && call.Referred("billing.meter", meter, ParameterCheck.Name(prefix, "recurring[meter]")).Value.Text("status") != "active")
        {
            throw StripeException.Invalid($"The meter {meter} is inactive.", ParameterCheck.Name(prefix, "recurring[meter]"));
        }

        price["type"] = "recurring";
        price["recurring"] = new JsonObject
        {
            ["interval"] = interval, ["interval_count"] = count, ["meter"] = meter, ["trial_period_days"] = asked["trial_period_days"]?.DeepClone(), ["usage_type"] = usage,
        };
    }

    private static void Amount(JsonObject sent, string prefix, JsonObject price)
    {
        string[] given = [.. ((string[])["unit_amount", "unit_amount_decimal", "custom_unit_amount"]).Where(n => sent[n] is not null)];
        if (given.Length == 0)
        {
            throw StripeException.Missing(ParameterCheck.Name(prefix, "unit_amount"));
        }

        if (given.Length > 1)
        {
            throw StripeException.Exclusive(ParameterCheck.Name(prefix, given[0]), ParameterCheck.Name(prefix, given[1]));
        }

        if (sent["custom_unit_amount"] is JsonObject custom)
        {
            if (price["recurring"] is not null)
            {
                throw StripeException.Invalid("`custom_unit_amount` cannot be used with recurring prices.", ParameterCheck.Name(prefix, "custom_unit_amount"));
            }

            price["custom_unit_amount"] = Parameters.Shape(custom, "maximum", "minimum", "preset");
            return;
        }

        var unit = Money(sent, "unit_amount", prefix)!.Value;
        (price["unit_amount"], price["unit_amount_decimal"]) = (Decimals.Whole(unit), Decimals.Show(unit));
    }

    private static void Transform(JsonObject sent, string prefix, JsonObject price)
    {
        if (sent["transform_quantity"] is not JsonObject transform)
        {
            return;
        }

        if (transform.Long("divide_by") < 1)
        {
            throw StripeException.BelowOne(ParameterCheck.Name(prefix, "transform_quantity[divide_by]"));
        }

        price["transform_quantity"] = Parameters.Shape(transform, "divide_by", "round");
    }

    private static void Tiered(JsonObject sent, string prefix, JsonObject price, JsonObject inner)
    {
        foreach (var name in (string[])["unit_amount", "unit_amount_decimal", "custom_unit_amount", "transform_quantity"])
        {
            if (sent[name] is not null)
            {
                throw StripeException.Invalid($"`{ParameterCheck.Name(prefix, name)}` cannot be set when `billing_scheme` is `tiered`.", ParameterCheck.Name(prefix, name));
            }
        }

        if (sent.Text("billing_scheme") == "per_unit")
        {
            throw StripeException.Invalid("`tiers` can only be set when `billing_scheme` is `tiered`.", ParameterCheck.Name(prefix, "tiers"));
        }

        var tiers = sent["tiers"] as JsonArray ?? throw StripeException.Missing(ParameterCheck.Name(prefix, "tiers"));
        price["billing_scheme"] = "tiered";
        price["tiers_mode"] = sent.Text("tiers_mode") ?? throw StripeException.Missing(ParameterCheck.Name(prefix, "tiers_mode"));
        long below = 0;
        var made = new JsonArray();
        for (var at = 0; at < tiers.Count; at++)
        {
            var (tier, name) = (tiers[at]!.AsObject(), $"{ParameterCheck.Name(prefix, "tiers")}[{at}]");
            var to = UpTo(tier, at == tiers.Count - 1, below, name);
            below = to ?? below;
            var (unit, flat) = (Money(tier, "unit_amount", name), Money(tier, "flat_amount", name));
            if (unit is null && flat is null)
            {
                throw StripeException.Invalid("Each tier must have a `unit_amount` or a `flat_amount`.", name, "parameter_missing");
            }

            made.Add(new JsonObject
            {
                ["flat_amount"] = flat is { } f ? Decimals.Whole(f) : null, ["flat_amount_decimal"] = flat is { } fd ? Decimals.Show(fd) : null,
                ["unit_amount"] = unit is { } u ? Decimals.Whole(u) : null, ["unit_amount_decimal"] = unit is { } ud ? Decimals.Show(ud) : null, ["up_to"] = to,
            });
        }

        inner["tiers"] = made.Count > 0 ? made : throw StripeException.Missing(ParameterCheck.Name(prefix, "tiers"));
    }

    private static long? UpTo(JsonObject tier, bool last, long below, string name)
    {
        var text = tier["up_to"]?.ToString() ?? throw StripeException.Missing($"{name}[up_to]");
        if (last || text == "inf")
        {
            return last && text == "inf" ? null : throw StripeException.Invalid("The last tier, and only the last, must have `up_to` set to `inf`.", $"{name}[up_to]");
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var to) && to > below
            ? to
            : throw StripeException.Invalid("Each tier's `up_to` must be greater than that of the tier before it.", $"{name}[up_to]");
    }

    private static decimal? Money(JsonObject sent, string name, string prefix)
    {
        var (whole, exact) = (sent[name], sent.Text(name + "_decimal"));
        if (whole is not null && exact is not null)
        {
            throw StripeException.Exclusive(ParameterCheck.Name(prefix, name), ParameterCheck.Name(prefix, name + "_decimal"));
        }

        if (whole is null && exact is null)
        {
            return null;
        }

        var param = ParameterCheck.Name(prefix, whole is null ? name + "_decimal" : name);
        var value = Decimals.Read(whole?.ToString() ?? exact!, param);
        return value switch
        {
            < 0 => throw StripeException.Negative(param),
            > PriceAmounts.Most => throw StripeException.Invalid($"Invalid integer: must be at most {PriceAmounts.Most}.", param, "parameter_invalid_integer"),
            _ => value,
        };
    }
}
