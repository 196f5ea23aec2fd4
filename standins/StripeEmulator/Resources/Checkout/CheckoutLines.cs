using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a checkout session sells, and what it comes to.</summary>
public static class CheckoutLines
{
    private const int Most = 100;

    public static void Add(Call call, Stored session)
    {
        var sent = call.Params["line_items"]!.AsArray();
        if (sent.Count > Most)
        {
            throw StripeException.TooMany("line_items", Most);
        }

        var lines = sent.Select((line, at) => (Line: Read(call, session, line!.AsObject(), $"line_items[{at}]"), Rates: Rates(call, line.AsObject()["tax_rates"], $"line_items[{at}][tax_rates]"))).ToList();
        Fit(session, lines.ConvertAll(l => l.Line["price"]!.AsObject()));
        lines.Reverse(); // Lists are newest first, and this one is read in the order given.
        foreach (var (line, rates) in lines)
        {
            call.Tx.Add(CheckoutSessions.LineKind, line.Text("id")!, line, new JsonObject { ["token"] = session.Id, ["tax_rates"] = rates });
        }
    }

    /// <summary>Lines named by id are changed, those without are new, the rest goes.</summary>
    public static void Replace(Call call, Stored session)
    {
        var known = CheckoutSessions.Lines(call.Tx, session.Id).ToDictionary(l => l.Id, StringComparer.Ordinal);
        if (session.Value.Text("mode") == "setup")
        {
            throw StripeException.Invalid("You can not pass `line_items` in `setup` mode.", "line_items");
        }

        foreach (var (line, at) in call.Params["line_items"]!.AsArray().Select((line, at) => (line!.AsObject(), at)))
        {
            if (line.Text("id") is not { } id)
            {
                continue;
            }

            var old = known.GetValueOrDefault(id)?.Value ?? throw StripeException.NoSuch("line_item", id, $"line_items[{at}][id]");
            line["price"] ??= line.ContainsKey("price_data") ? null : old["price"]!.AsObject().Text("id");
            line["quantity"] ??= old["quantity"]?.DeepClone();
            line["adjustable_quantity"] ??= old["adjustable_quantity"]?.DeepClone();
            if (line["price"] is null)
            {
                line.Remove("price");
            }
        }

        CheckoutCompletion.Abandon(call.Tx, session);
        foreach (var line in known.Values)
        {
            call.Tx.Remove(line);
        }

        Add(call, session);
    }

    /// <summary>A visitor wants other quantities of what may be adjusted.</summary>
    public static void Adjust(Transaction tx, Stored session, Func<string, string> typed)
    {
        CheckoutStates.Demand(session, "update");
        foreach (var line in CheckoutSessions.Lines(tx, session.Id).Where(l => l.Value["adjustable_quantity"] is not null).ToList())
        {
            var (range, price) = (line.Value["adjustable_quantity"]!.AsObject(), tx.Find("price", line.Value["price"]!.AsObject().Text("id")!)!);
            var value = tx.Edit(line);
            value["quantity"] = long.TryParse(typed(line.Id), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= range.Long("minimum") && count <= range.Long("maximum")
                ? count
                : throw StripeException.Invalid($"Choose a quantity from {range["minimum"]} to {range["maximum"]}.", "quantity");
            var deferred = price.Value["recurring"] is not null && CheckoutSubscription.HasTrial(session);
            value["amount_subtotal"] = deferred ? 0 : PriceAmounts.Total(price, count, value.Text("currency"));
        }

        CheckoutCompletion.Abandon(tx, session);
        Total(tx, session);
    }

    /// <summary>Brings the session's amounts in line with its lines.</summary>
    public static void Total(Transaction tx, Stored session)
    {
        var value = tx.Edit(session);
        var lines = CheckoutSessions.Lines(tx, session.Id).ToList();
        Work(tx, session, lines);
        long Sum(string name) => lines.Sum(l => l.Value.Long(name));
        var total = Sum("amount_total");
        value["amount_subtotal"] = Sum("amount_subtotal");
        value["amount_total"] = total;
        value["total_details"] = new JsonObject { ["amount_discount"] = Sum("amount_discount"), ["amount_shipping"] = 0, ["amount_tax"] = Sum("amount_tax") };
        var currency = value.Text("currency")!;
        if (value.Text("mode") == "payment" && total > 0 && total < Currencies.MinimumOf(currency))
        {
            throw StripeException.Invalid($"The Checkout Session's total amount due must add up to at least {Currencies.Show(Currencies.MinimumOf(currency), currency)}", "line_items", "amount_too_small");
        }
    }

    /// <summary>Takes the discount off and puts the taxes on, as an invoice does.</summary>
    private static void Work(Transaction tx, Stored session, List<Stored> lines)
    {
        var figures = lines.ConvertAll(line =>
        {
            var product = line.Value["price"]!["product"]!.DeepClone();
            var priced = new JsonObject { ["amount"] = line.Value["amount_subtotal"]!.DeepClone(), ["discountable"] = true, ["pricing"] = new JsonObject { ["price_details"] = new JsonObject { ["product"] = product } } };
            return new LineFigures(priced, [], CheckoutTaxes.RatesOf(tx, session, line));
        });
        var customer = session.Value.Text("customer") is { } id ? tx.Find("customer", id) : null;
        InvoiceTotals.Of(figures, CheckoutDiscounts.Of(tx, session) is { } discount ? [discount] : [], session.Value.Text("currency")!, customer?.Value.Text("tax_exempt"));
        for (var at = 0; at < lines.Count; at++)
        {
            var (value, line) = (tx.Edit(lines[at]), figures[at]);
            value["amount_discount"] = line.Reductions.Sum(r => r.Amount);
            value["amount_tax"] = line.Taxes.Sum(t => t.Amount);
            value["amount_total"] = line.Left + line.Taxes.Where(t => !t.Inclusive).Sum(t => t.Amount);
        }
    }

    private static JsonObject Read(Call call, Stored session, JsonObject sent, string path)
    {
        if (sent.ContainsKey("price") == sent.ContainsKey("price_data"))
        {
            throw sent.ContainsKey("price") ? StripeException.Exclusive($"{path}[price]", $"{path}[price_data]") : StripeException.Missing($"{path}[price]");
        }

        var price = Price(call, sent, path);
        if (!price.Value.Is("active") && !price.Inner.Is("inline"))
        {
            throw StripeException.Invalid("The price specified is inactive. This field only accepts active prices.", $"{path}[price]");
        }

        var metered = (price.Value["recurring"] as JsonObject)?.Text("usage_type") == "metered";
        if (metered && sent["quantity"] is not null)
        {
            throw StripeException.Invalid($"Quantity should not be specified where usage_type is `metered`. Remove quantity from `{path}`", $"{path}[quantity]");
        }

        long? quantity = metered ? null : sent["quantity"]?.Long() ?? throw StripeException.Missing($"{path}[quantity]");
        if (quantity < 1 && sent["adjustable_quantity"] is null || quantity < 0)
        {
            throw StripeException.BelowOne($"{path}[quantity]");
        }

        var currency = Currency(call, session, price, path);
        var deferred = price.Value["recurring"] is not null && CheckoutSubscription.HasTrial(session);
        var amount = quantity is { } count && !deferred ? PriceAmounts.Total(price, count, currency) : 0;
        return new JsonObject
        {
            ["id"] = call.Tx.Ids.New("li"), ["object"] = CheckoutSessions.LineKind, ["adjustable_quantity"] = Adjustable(sent["adjustable_quantity"] as JsonObject),
            ["amount_discount"] = 0, ["amount_subtotal"] = amount, ["amount_tax"] = 0, ["amount_total"] = amount, ["currency"] = currency,
            ["description"] = call.Tx.Find("product", price.Value.Text("product")!)?.Value.Text("name"), ["metadata"] = sent["metadata"]?.DeepClone() ?? new JsonObject(),
            ["price"] = Renderer.Present(call.Tx, price, call.Tx.Engine.Options.ApiVersion), ["quantity"] = quantity,
        };
    }

    private static Stored Price(Call call, JsonObject sent, string path)
    {
        if (sent.Text("price") is { } id)
        {
            return call.Referred("price", id, $"{path}[price]");
        }

        var price = Prices.FromData(call, sent["price_data"]!.AsObject(), $"{path}[price_data]");
        price.Inner["inline"] = true;
        return price;
    }

    /// <summary>All lines are in one currency: the one asked for, else that of the first price.</summary>
    private static string Currency(Call call, Stored session, Stored price, string path)
    {
        if (session.Value["currency"] is null)
        {
            session.Value["currency"] = call.Text("currency") is { } asked ? Currencies.Check(asked) : price.Value.Text("currency");
        }

        var currency = session.Value.Text("currency")!;
        return price.Value.Text("currency") == currency || price.Inner["currency_options"]?[currency] is not null
            ? currency
            : throw StripeException.Invalid($"The price specified only supports `{price.Value.Text("currency")}`. This doesn't match the expected currency: `{currency}`.", $"{path}[price]");
    }

    private static JsonArray? Rates(Call call, JsonNode? sent, string param) => sent is JsonArray { Count: > 0 } ? TaxRates.Read(call, sent, param) : null;

    private static JsonObject? Adjustable(JsonObject? sent) => sent?.Is("enabled") == true
        ? new JsonObject { ["enabled"] = true, ["maximum"] = sent["maximum"]?.DeepClone() ?? 99, ["minimum"] = sent["minimum"]?.DeepClone() ?? 0 }
        : null;

    private static void Fit(Stored session, List<JsonObject> prices)
    {
        var recurring = prices.Where(p => p.Text("type") == "recurring").Select(p => p["recurring"]!.AsObject()).ToList();
        if (session.Value.Text("mode") == "payment")
        {
            if (recurring.Count > 0)
            {
                throw StripeException.Invalid("You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.", "mode");
            }

            return;
        }

        if (recurring.Count == 0)
        {
            throw StripeException.Invalid("You must provide at least one recurring price in `subscription` mode when using prices.", "line_items");
        }

        if (recurring.Select(r => (r.Text("interval"), r.Long("interval_count"))).Distinct().Count() > 1)
        {
            throw StripeException.Invalid("Checkout does not support multiple prices with different billing intervals.", "line_items");
        }
    }
}
