using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>Invoices and credit notes as PDF.</summary>
public static class InvoicePdf
{
    public static IResult Show(Engine engine, string account, string token) => engine.Look(() =>
        HostedInvoice.Find(engine, account, token) is { } stored
            ? Results.Bytes(Pdf.Write(Lines(engine, stored)), "application/pdf", $"Invoice-{stored.Value.Text("number")}.pdf")
            : Html.NotFound());

    private static List<string> Lines(Engine engine, Stored stored)
    {
        var (invoice, currency) = (stored.Value, stored.Value.Text("currency")!);
        List<string> lines =
        [
            $"{invoice.Text("account_name")}\tInvoice {invoice.Text("number")}", $"Billed to {invoice.Text("customer_name") ?? invoice.Text("customer_email") ?? invoice.Text("customer")}\t{HostedInvoice.Title(invoice.Text("status")!)}",
            $"Date of issue {Html.Date(invoice.Long("effective_at"))}\t{HostedInvoice.Due(invoice)}", "",
        ];
        lines.AddRange(engine.Store.Referring("line_item", "invoice", stored.Id).Reverse().Select(line =>
            $"{(line.Value.Long("quantity") is > 1 and var count ? $"{count} x " : "")}{line.Value.Text("description") ?? "Item"}\t{Currencies.Show(line.Value.Long("amount"), currency)}"));
        lines.Add("");
        lines.AddRange(InvoiceSums.Of(invoice).Select(row => $"{row.Label}\t{row.Amount}"));
        if (invoice.Text("footer") is { } footer)
        {
            lines.AddRange(["", footer]);
        }

        return lines;
    }

    /// <summary>A credit note in the same plain way.</summary>
    public static IResult ShowCreditNote(Engine engine, string account, string token) => engine.Look(() =>
    {
        if (engine.Store.Referring("credit_note", "token", token).FirstOrDefault(c => c.Scope.Account == account) is not { } stored)
        {
            return Html.NotFound();
        }

        var (note, currency) = (stored.Value, stored.Value.Text("currency")!);
        var lines = CreditNotes.LinesOf(stored).Select(l => $"{l.Text("description") ?? "Credit"}\t{Currencies.Show(l.Long("amount"), currency)}");
        return Results.Bytes(Pdf.Write([$"Credit note {note.Text("number")}", $"Status: {note.Text("status")}", "", .. lines, "", $"Total\t{Currencies.Show(note.Long("total"), currency)}"]), "application/pdf", $"CreditNote-{note.Text("number")}.pdf");
    });
}
