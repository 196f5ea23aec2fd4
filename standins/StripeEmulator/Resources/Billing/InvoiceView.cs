using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What an invoice shows besides its stored fields: its lines and, once finalized, where it can be paid.</summary>
public static class InvoiceView
{
    /// <summary>Newest first.</summary>
    public static IEnumerable<Stored> Lines(Transaction tx, string invoice) => tx.Store.Referring("line_item", "invoice", invoice).Reverse();

    public static void Complete(Transaction tx, Stored stored, JsonObject json)
    {
        json["lines"] = Renderer.Embedded(tx, Lines(tx, stored.Id), $"/v1/invoices/{stored.Id}/lines", tx.Engine.Options.ApiVersion);
        var token = stored.Inner.Text("token");
        json["hosted_invoice_url"] = token is null ? null : $"{tx.Engine.PublicUrl}/i/{stored.Scope.Account}/{token}";
        json["invoice_pdf"] = token is null ? null : $"{tx.Engine.PublicUrl}/invoice/{stored.Scope.Account}/{token}/pdf";
    }

    /// <summary>Brings the totals in line with the lines and, before finalization, with the customer's balance.</summary>
    public static void Total(Transaction tx, Stored stored)
    {
        var invoice = tx.Edit(stored);
        var lines = Lines(tx, stored.Id).ToList();
        var automatic = invoice["automatic_tax"]!.AsObject();
        if (automatic.Is("enabled"))
        {
            automatic["status"] = AutomaticTax.Locates(tx, invoice) ? "complete" : "requires_location_inputs";
        }

        if (!automatic.Is("enabled") && IsPlain(invoice) && lines.All(l => IsPlain(l.Value) && l.Inner["tax_rates"] is null))
        {
            var sum = lines.Sum(l => l.Value.Long("amount"));
            foreach (var name in (string[])["subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"])
            {
                invoice[name] = sum;
            }
        }
        else
        {
            Itemize(tx, invoice, lines);
        }

        var total = invoice.Long("total");
        var balance = tx.Find("customer", invoice.Text("customer")!)?.Value.Long("balance") ?? 0;
        invoice["starting_balance"] = balance;
        invoice["amount_due"] = total <= 0 ? 0 : Math.Max(0, total + balance);
        invoice["amount_remaining"] = invoice["amount_due"]!.DeepClone();
    }

    /// <summary>The discounts that ids name, while they last.</summary>
    public static List<Stored> DiscountsOf(Transaction tx, JsonObject json) =>
        [.. (json["discounts"] as JsonArray ?? []).Select(d => tx.Find("discount", d!.GetValue<string>())).OfType<Stored>().Where(d => !Discounts.IsOver(d, tx.Now))];

    private static void Itemize(Transaction tx, JsonObject invoice, List<Stored> lines)
    {
        var standard = invoice["default_tax_rates"]!.AsArray();
        var automatic = invoice["automatic_tax"]!.AsObject().Is("enabled");
        var figures = lines.Select(l => new LineFigures(l.Value, DiscountsOf(tx, l.Value), automatic
            ? AutomaticTax.RatesOf(tx, invoice, inclusive: l.Inner.Text("tax_behavior") == "inclusive")
            : [.. (l.Inner["tax_rates"] as JsonArray ?? standard).Select(r => r!.AsObject())])).ToList();
        var totals = InvoiceTotals.Of(figures, DiscountsOf(tx, invoice), invoice.Text("currency")!, invoice.Text("customer_tax_exempt"));
        for (var at = 0; at < lines.Count; at++)
        {
            InvoiceTotals.Write(figures[at], tx.Edit(lines[at]));
        }

        totals.Write(invoice);
    }

    // Nothing to take off and nothing to tax, now or at the last count.
    private static bool IsPlain(JsonObject json) =>
        ((string[])["discounts", "default_tax_rates", "total_discount_amounts", "total_taxes", "discount_amounts", "taxes"]).All(n => json[n] is not JsonArray { Count: > 0 });
}
