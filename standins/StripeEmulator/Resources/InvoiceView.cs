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
        var total = Lines(tx, stored.Id).Sum(l => l.Value.Long("amount"));
        foreach (var name in (string[])["subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"])
        {
            invoice[name] = total;
        }

        var balance = tx.Find("customer", invoice.Text("customer")!)?.Value.Long("balance") ?? 0;
        invoice["starting_balance"] = balance;
        invoice["amount_due"] = total <= 0 ? 0 : Math.Max(0, total + balance);
        invoice["amount_remaining"] = invoice["amount_due"]!.DeepClone();
    }
}
