using System.Globalization;
using System.Text;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The invoice as a one-page PDF of plain text.</summary>
public static class InvoicePdf
{
    public static IResult Show(Engine engine, string account, string token) => engine.Look(() =>
        HostedInvoice.Find(engine, account, token) is { } stored
            ? Results.Bytes(Write(Lines(engine, stored)), "application/pdf", $"Invoice-{stored.Value.Text("number")}.pdf")
            : Html.NotFound());

    private static List<string> Lines(Engine engine, Stored stored)
    {
        var (invoice, currency) = (stored.Value, stored.Value.Text("currency")!);
        List<string> lines = [invoice.Text("account_name") ?? "", $"Invoice {invoice.Text("number")}", $"Status: {invoice.Text("status")}", $"Billed to: {invoice.Text("customer_name") ?? invoice.Text("customer_email")}", ""];
        foreach (var line in engine.Store.Referring("line_item", "invoice", stored.Id).Reverse().Take(40))
        {
            lines.Add($"{line.Value.Text("description") ?? "Item"}   {line.Value["quantity"]} x   {Currencies.Show(line.Value.Long("amount"), currency)}");
        }

        lines.AddRange(["", $"Total: {Currencies.Show(invoice.Long("total"), currency)}", $"Amount due: {Currencies.Show(invoice.Long("amount_due"), currency)}", $"Amount paid: {Currencies.Show(invoice.Long("amount_paid"), currency)}"]);
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
        var lines = CreditNotes.LinesOf(stored).Take(40).Select(l => $"{l.Text("description") ?? "Credit"}   {l["quantity"]} x   {Currencies.Show(l.Long("amount"), currency)}");
        return Results.Bytes(Write([$"Credit note {note.Text("number")}", $"Status: {note.Text("status")}", "", .. lines, "", $"Total: {Currencies.Show(note.Long("total"), currency)}"]), "application/pdf", $"CreditNote-{note.Text("number")}.pdf");
    });

    private static byte[] Write(List<string> lines)
    {
        var text = new StringBuilder("BT /F1 11 Tf 56 780 Td 16 TL\n");
        foreach (var line in lines)
        {
            var plain = new string([.. line.Select(c => c is >= ' ' and <= '~' ? c : '?')]);
            text.Append(CultureInfo.InvariantCulture, $"({plain.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("(", "\\(", StringComparison.Ordinal).Replace(")", "\\)", StringComparison.Ordinal)}) Tj T*\n");
        }

        text.Append("ET");
        string[] objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            $"<< /Length {text.Length} >>\nstream\n{text}\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ];
        var pdf = new StringBuilder("%PDF-1.4\n");
        var table = new StringBuilder();
        for (var at = 0; at < objects.Length; at++)
        {
            table.Append(CultureInfo.InvariantCulture, $"{pdf.Length:0000000000} 00000 n \n");
            pdf.Append(CultureInfo.InvariantCulture, $"{at + 1} 0 obj\n{objects[at]}\nendobj\n");
        }

        var start = pdf.Length;
        pdf.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n{table}trailer << /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(pdf.ToString());
    }
}
