using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// How an invoice adds up, in Stripe's order: the discounts of each line, then those of the invoice spread over the lines, then taxes on
/// what is left. Nothing is lost: the total is the lines less their discounts plus exclusive taxes, to the minor unit. Pure: it reads the
/// lines and writes only to the hashes it is given.
/// </summary>
public sealed class InvoiceTotals
{
    private readonly IReadOnlyList<LineFigures> lines;
    private long subtotal;
    private long subtotalTax;

    private InvoiceTotals(IReadOnlyList<LineFigures> lines) => this.lines = lines;

    /// <summary>Works out all lines of an invoice in this currency.</summary>
    public static InvoiceTotals Of(IReadOnlyList<LineFigures> lines, IReadOnlyList<Stored> discounts, string currency, string? exempt)
    {
        var totals = new InvoiceTotals(lines);
        foreach (var line in lines)
        {
            foreach (var discount in line.Discounts.Where(line.TakesDiscount))
            {
                line.Reduce(discount.Id, Off(discount, line.Left, currency));
            }

            totals.subtotal += line.Left;
            var before = new LineFigures(new JsonObject { ["amount"] = line.Left }, [], line.Rates);
            before.Tax(exempt ?? "none");
            totals.subtotalTax += before.Taxes.Where(t => t.Inclusive).Sum(t => t.Amount);
        }

        foreach (var discount in discounts)
        {
            var taking = lines.Where(l => l.TakesDiscount(discount)).ToArray();
            var parts = LineFigures.Spread(Off(discount, taking.Sum(l => l.Left), currency), [.. taking.Select(l => (decimal)l.Left)]);
            for (var at = 0; at < taking.Length; at++)
            {
                taking[at].Reduce(discount.Id, parts[at]);
            }
        }

        foreach (var line in lines)
        {
            line.Tax(exempt ?? "none");
        }

        return totals;
    }

    /// <summary>Writes a line's own part to it.</summary>
    public static void Write(LineFigures figures, JsonObject line)
    {
        line["discount_amounts"] = Amounts(figures.Reductions);
        line["pretax_credit_amounts"] = Credits(figures.Reductions);
        line["taxes"] = new JsonArray([.. figures.Taxes.Select(t => t.Show())]);
    }

    /// <summary>Writes the sums to the invoice.</summary>
    public void Write(JsonObject invoice)
    {
        var reductions = lines.SelectMany(l => l.Reductions).GroupBy(r => r.Discount).Select(g => (g.Key, g.Sum(r => r.Amount))).ToList();
        var taxes = lines.SelectMany(l => l.Taxes).GroupBy(t => (t.Rate, t.Inclusive, t.Reason))
            .Select(g => new TaxFigure(g.Key.Rate, g.Key.Inclusive, g.Sum(t => t.Amount), g.Sum(t => t.Taxable), g.Key.Reason)).ToList();
        var left = lines.Sum(l => l.Left);
        var onTop = taxes.Where(t => !t.Inclusive).Sum(t => t.Amount);
        invoice["subtotal"] = subtotal;
        invoice["subtotal_excluding_tax"] = subtotal - subtotalTax;
        invoice["total"] = left + onTop;
        invoice["total_excluding_tax"] = left - taxes.Where(t => t.Inclusive).Sum(t => t.Amount);
        invoice["total_discount_amounts"] = Amounts(reductions);
        invoice["total_pretax_credit_amounts"] = Credits(reductions);
        invoice["total_taxes"] = new JsonArray([.. taxes.Select(t => t.Show())]);
    }

    private static long Off(Stored discount, long amount, string currency)
    {
        var coupon = Discounts.CouponOf(discount);
        return coupon["percent_off"] is { } percent
            ? Decimals.HalfUp(amount * Decimals.Of(percent.ToString()) / 100)
            : Math.Min(amount, (discount.Inner["currency_options"]?[currency]?["amount_off"]).Long());
    }

    private static JsonArray Amounts(List<(string Discount, long Amount)> reductions) =>
        [.. reductions.Select(r => new JsonObject { ["amount"] = r.Amount, ["discount"] = r.Discount })];

    private static JsonArray Credits(List<(string Discount, long Amount)> reductions) =>
        [.. reductions.Select(r => new JsonObject { ["amount"] = r.Amount, ["discount"] = r.Discount, ["type"] = "discount" })];
}
