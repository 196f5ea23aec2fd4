using System.Globalization;
using System.Text;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>A PDF of plain lines, as many pages as they take. A tab puts what follows at the right edge.</summary>
public static class Pdf
{
    private const int LinesPerPage = 44;
    private const int Left = 56;
    private const int Right = 539;
    private const int Top = 780;
    private const int Leading = 16;

    public static byte[] Write(IReadOnlyList<string> lines)
    {
        var pages = lines.Chunk(LinesPerPage).Select(Page).ToList();
        List<string> objects = ["<< /Type /Catalog /Pages 2 0 R >>", $"<< /Type /Pages /Kids [{string.Join(' ', pages.Select((_, at) => $"{4 + (at * 2)} 0 R"))}] /Count {pages.Count} >>"];
        // Monospaced, so that the right edge can be reckoned.
        objects.Add("<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>");
        for (var at = 0; at < pages.Count; at++)
        {
            objects.Add($"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + (at * 2)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>");
            objects.Add($"<< /Length {pages[at].Length} >>\nstream\n{pages[at]}\nendstream");
        }

        var pdf = new StringBuilder("%PDF-1.4\n");
        var table = new StringBuilder();
        for (var at = 0; at < objects.Count; at++)
        {
            table.Append(CultureInfo.InvariantCulture, $"{pdf.Length:0000000000} 00000 n \n");
            pdf.Append(CultureInfo.InvariantCulture, $"{at + 1} 0 obj\n{objects[at]}\nendobj\n");
        }

        var start = pdf.Length;
        pdf.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Count + 1}\n0000000000 65535 f \n{table}trailer << /Size {objects.Count + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(pdf.ToString());
    }

    private static string Page(string[] lines)
    {
        var text = new StringBuilder("BT /F1 9 Tf\n");
        for (var at = 0; at < lines.Length; at++)
        {
            var (parts, y) = (lines[at].Split('\t'), Top - (at * Leading));
            var room = (int)((Right - Left) / Width) - (parts.Length > 1 ? parts[1].Length + 2 : 0);
            Put(text, Left, y, parts[0].Length > room ? parts[0][..(room - 1)] + "~" : parts[0]);
            if (parts.Length > 1)
            {
                Put(text, Right - (parts[1].Length * Width), y, parts[1]);
            }
        }

        return text.Append("ET").ToString();
    }

    // Six tenths of nine points.
    private const double Width = 5.4;

    private static void Put(StringBuilder text, double x, int y, string line) =>
        text.Append(CultureInfo.InvariantCulture, $"1 0 0 1 {x:0.##} {y} Tm ({string.Concat(line.Select(Escape))}) Tj\n");

    private static string Escape(char c) => c switch
    {
        '(' or ')' or '\\' => "\\" + c,
        >= ' ' and <= '~' => c.ToString(),
        '€' => "\\200",
        '–' => "\\226",
        '•' => "\\225",
        >= '\u00a0' and <= '\u00ff' => "\\" + Convert.ToString(c, 8),
        _ => "?",
    };
}
