using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>How an invoice adds up, as its page and its PDF say it: only rows that say something.</summary>
public static class InvoiceSums
{
    public static IEnumerable<(string Id, string Label, string Amount)> Of(JsonObject invoice)
    {
        var currency = invoice.Text("currency")!;
        (string, string, string) Row(string id, string label, long amount) => (id, label, Currencies.Show(amount, currency));
        static long Sum(JsonNode? list, Func<JsonObject, bool>? which = null) => (list as JsonArray ?? []).Select(e => e!.AsObject()).Where(e => which?.Invoke(e) ?? true).Sum(e => e.Long("amount"));

        var discount = Sum(invoice["total_discount_amounts"]);
        var (tax, within) = (Sum(invoice["total_taxes"], t => t.Text("tax_behavior") == "exclusive"), Sum(invoice["total_taxes"], t => t.Text("tax_behavior") == "inclusive"));
        if (discount != 0 || tax != 0)
        {
            // The sum of the lines: the invoice's own subtotal has their discounts taken off already.
            yield return Row("subtotal", "Subtotal", invoice.Long("total") - tax + discount);
        }

        if (discount != 0)
        {
            yield return Row("discount", "Discount", -discount);
        }

        if (tax != 0)
        {
            yield return Row("tax", "Tax", tax);
        }

        yield return Row("total", "Total", invoice.Long("total"));
        if (within != 0)
        {
            yield return Row("tax-included", "Tax included", within);
        }

        var credited = invoice.Long("pre_payment_credit_notes_amount");
        if (credited != 0)
        {
            yield return Row("credited", "Credited", -credited);
        }

        if (invoice.Long("amount_due") - invoice.Long("total") + credited is var balance and not 0)
        {
            yield return Row("balance", "Customer balance", balance);
        }

        yield return ("owed", "Amount due", Currencies.Show(invoice.Long("amount_due"), currency));
        yield return Row("amount-paid", "Amount paid", invoice.Long("amount_paid"));
    }
}
