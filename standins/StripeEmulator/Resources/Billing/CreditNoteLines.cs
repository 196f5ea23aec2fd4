using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a credit note takes back: parts of an invoice's lines with their share of discounts and taxes, or amounts of its own.</summary>
public static class CreditNoteLines
{
    /// <summary>The lines that the call asks for, whole.</summary>
    public static List<JsonObject> Read(Call call, Stored invoice)
    {
        if (call.Params["lines"] is not JsonArray asked)
        {
            var amount = call.Number("amount") ?? throw StripeException.Invalid("You must provide one of `amount`, `lines`, or `shipping_cost`.", "amount", "parameter_missing");
            return [amount > 0 ? Custom(call, 1, amount, "Credit", new JsonArray()) : throw StripeException.BelowOne("amount")];
        }

        var lines = new List<JsonObject>();
        for (var at = 0; at < asked.Count; at++)
        {
            var (sent, prefix) = (asked[at]!.AsObject(), $"lines[{at}]");
            if (sent["tax_amounts"] is not null)
            {
                throw StripeException.NotEmulated($"{prefix}[tax_amounts]");
            }

            var line = sent.Text("type") == "custom_line_item" ? Own(call, sent, prefix) : Part(call, invoice, sent, prefix, lines);
            Metadata.Merge(sent["metadata"] as JsonObject ?? [], line);
            lines.Add(line);
        }

        return lines.Count > 0 ? lines : throw StripeException.Missing("lines");
    }

    /// <summary>The sum of the field over lists of amounts of the lines.</summary>
    public static long Sum(IEnumerable<JsonObject> lines, string list, Func<JsonObject, bool>? which = null) =>
        lines.Sum(l => l[list]!.AsArray().Select(x => x!.AsObject()).Where(x => which is null || which(x)).Sum(x => x.Long("amount")));

    public static bool IsOnTop(JsonObject tax) => tax.Text("tax_behavior") == "exclusive";

    private static JsonObject Own(Call call, JsonObject sent, string prefix)
    {
        foreach (var name in (string[])["invoice_line_item", "amount"])
        {
            if (sent[name] is not null)
            {
                throw StripeException.Invalid($"`{name}` can only be set on lines of type `invoice_line_item`.", $"{prefix}[{name}]");
            }
        }

        var unit = Decimals.Read(sent["unit_amount"]?.ToString() ?? sent.Text("unit_amount_decimal") ?? throw StripeException.Missing($"{prefix}[unit_amount]"), $"{prefix}[unit_amount]");
        var quantity = sent["quantity"] is null ? 1 : sent.Long("quantity");
        if (unit < 0 || quantity < 1)
        {
            throw StripeException.Negative($"{prefix}[{(unit < 0 ? "unit_amount" : "quantity")}]");
        }

        return Custom(call, quantity, unit, sent.Text("description") ?? throw StripeException.Missing($"{prefix}[description]"), TaxRates.Read(call, sent["tax_rates"], $"{prefix}[tax_rates]"));
    }

    private static JsonObject Custom(Call call, long quantity, decimal unit, string description, JsonArray rates)
    {
        var amount = Decimals.HalfUp(quantity * unit);
        var figures = new LineFigures(new JsonObject { ["amount"] = amount }, [], [.. rates.Select(r => r!.AsObject())]);
        figures.Tax("none");
        var line = Empty(call, "custom_line_item", amount, description);
        (line["quantity"], line["tax_rates"]) = (quantity, rates);
        (line["unit_amount"], line["unit_amount_decimal"]) = (Decimals.Whole(unit), Decimals.Show(unit));
        line["taxes"] = new JsonArray([.. figures.Taxes.Select(t => t.Show())]);
        return line;
    }

    /// <summary>
    /// A part of an invoice's line. Shares are taken from what was credited before up to what is credited now, so that parts of a line
    /// always sum to the line.
    /// </summary>
    private static JsonObject Part(Call call, Stored invoice, JsonObject sent, string prefix, List<JsonObject> before)
    {
        var tx = call.Tx;
        var id = sent.Text("invoice_line_item") ?? throw StripeException.Missing($"{prefix}[invoice_line_item]");
        var source = tx.Find("line_item", id) is { } found && found.Value.Text("invoice") == invoice.Id ? found : throw StripeException.NoSuch("line_item", id, $"{prefix}[invoice_line_item]");
        if (sent["unit_amount"] is not null || sent["unit_amount_decimal"] is not null || sent["tax_rates"] is not null)
        {
            throw StripeException.Invalid("`unit_amount` and `tax_rates` can only be set on lines of type `custom_line_item`.", $"{prefix}[type]");
        }

        if (sent["amount"] is not null && sent["quantity"] is not null)
        {
            throw StripeException.Exclusive($"{prefix}[amount]", $"{prefix}[quantity]");
        }

        var (whole, done) = (source.Value.Long("amount"), CreditNotes.Issued(tx, invoice).SelectMany(CreditNotes.LinesOf).Concat(before).Where(l => l.Text("invoice_line_item") == id).Sum(l => l.Long("amount")));
        var units = Decimals.Of(source.Value.Text("quantity_decimal") ?? "1");
        var now = sent["amount"] is not null ? sent.Long("amount") : sent["quantity"] is not null && units > 0 ? Decimals.HalfUp(whole * sent.Long("quantity") / units) : whole - done;
        if (now < 0 || now + done > whole)
        {
            var currency = invoice.Value.Text("currency")!;
            throw StripeException.Invalid($"The amount to credit for {id} ({Currencies.Sign(now, currency)}) is greater than what is left of it ({Currencies.Sign(whole - done, currency)}).", sent["quantity"] is null ? $"{prefix}[amount]" : $"{prefix}[quantity]");
        }

        long Share(long of) => whole == 0 ? 0 : Decimals.HalfUp((decimal)of * (done + now) / whole) - Decimals.HalfUp((decimal)of * done / whole);
        var line = Empty(call, "invoice_line_item", now, sent.Text("description") ?? source.Value.Text("description"));
        line["invoice_line_item"] = id;
        line["quantity"] = sent["quantity"]?.DeepClone() ?? source.Value["quantity"]?.DeepClone();
        line["tax_rates"] = (source.Inner["tax_rates"] ?? invoice.Value["default_tax_rates"])?.DeepClone();
        line["discount_amounts"] = Shares(source.Value["discount_amounts"], Share, "amount");
        line["pretax_credit_amounts"] = Shares(source.Value["pretax_credit_amounts"], Share, "amount");
        line["taxes"] = Shares(source.Value["taxes"], Share, "amount", "taxable_amount");
        line["discount_amount"] = line["discount_amounts"]!.AsArray().Sum(d => d!["amount"].Long());
        return line;
    }

    private static JsonArray Shares(JsonNode? list, Func<long, long> share, params string[] names)
    {
        var shared = (JsonArray)(list?.DeepClone() ?? new JsonArray());
        foreach (var each in shared)
        {
            foreach (var name in names)
            {
                each![name] = share(each[name].Long());
            }
        }

        return shared;
    }

    private static JsonObject Empty(Call call, string type, long amount, string? description) => new()
    {
        ["id"] = call.Tx.Ids.New("cnli"), ["object"] = "credit_note_line_item", ["amount"] = amount, ["description"] = description, ["discount_amount"] = 0,
        ["discount_amounts"] = new JsonArray(), ["livemode"] = call.Tx.Scope.Livemode, ["metadata"] = new JsonObject(), ["pretax_credit_amounts"] = new JsonArray(),
        ["quantity"] = 1, ["tax_rates"] = new JsonArray(), ["taxes"] = new JsonArray(), ["type"] = type, ["unit_amount"] = null, ["unit_amount_decimal"] = null,
    };
}
