using System.Text.RegularExpressions;

namespace Marketplace.Isolation.Tests;

/// <summary>The table of who may call what: <c>access.txt</c>, which says how to read it.</summary>
public static partial class AccessTable
{
    /// <summary>Who calls, in the table's order.</summary>
    public static readonly string[] Callers =
    [
        "anonymous", "nobody", "rival", "neighbour", "owner", "admin", "product_manager", "viewer", "consumer_admin", "subscriber", "developer", "billing", "operator", "machine", "newcomer",
    ];

    /// <summary>What a cell may say beside a status.</summary>
    public static readonly string[] Words = ["ok", "own", "-"];

    /// <summary>Every row.</summary>
    public static IReadOnlyList<AccessRow> Read()
    {
        var rows = new List<AccessRow>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "access.txt")).Where(l => l.Trim().Length > 0 && l[0] != '#'))
        {
            if (line[0] == ' ')
            {
                rows[^1] = With(rows[^1], line.Trim());
                continue;
            }

            var match = Line().Match(line);
            var cells = match.Groups["cells"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(match.Success && cells.Length == Callers.Length, $"access.txt: a row is METHOD /path and {Callers.Length} cells, but this is\n{line}");
            Assert.All(cells, cell => Assert.True(Words.Contains(cell) || int.TryParse(cell, out _), $"access.txt: a cell is ok, own, - or a status, not '{cell}', in\n{line}"));
            rows.Add(new(new HttpMethod(match.Groups["method"].Value), match.Groups["path"].Value, null, Callers.Zip(cells).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal)));
        }

        return rows;
    }

    private static AccessRow With(AccessRow row, string below) =>
        below.StartsWith("unrecorded: ", StringComparison.Ordinal) ? row with { Unrecorded = below["unrecorded: ".Length..] }
        : below.StartsWith("recorded in: ", StringComparison.Ordinal) ? row with { RecordedIn = below["recorded in: ".Length..] }
        : below.StartsWith("from nothing: ", StringComparison.Ordinal) ? row with { FromNothing = below["from nothing: ".Length..] }
        : below[0] == '!' ? row with { Closed = below[1..].Trim() }
        : row with { Body = below };

    [GeneratedRegex(@"^(?<method>[A-Z]+) (?<path>/[^\s{]*(?:\{[^}]*\}[^\s{]*)*)\s+(?<cells>.+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}

/// <summary>One request and what each caller gets for it.</summary>
/// <param name="Closed">Why nobody of these callers can be let in; null where one is.</param>
public sealed partial record AccessRow(HttpMethod Method, string Path, string? Body, IReadOnlyDictionary<string, string> Cells, string? Closed = null)
{
    /// <summary>Why a write leaves no entry in the audit log; null for those that do.</summary>
    public string? Unrecorded { get; init; }

    /// <summary>Why nothing was there before an update; null where something was.</summary>
    public string? FromNothing { get; init; }

    /// <summary>The test that looks for the entry of a write that is not tried by itself, and the entry's action: <c>Class.Method action.name</c>.</summary>
    public string? RecordedIn { get; init; }

    /// <summary>Whether a caller is let in.</summary>
    public bool LetsIn => Cells.Values.Any(cell => cell is "ok" or "own");

    /// <summary>The route it is a case of: <c>GET /v1/catalogs/{}</c>.</summary>
    public string Route => RouteOf(Method.Method, Path);

    /// <summary>A route without its parameters' names.</summary>
    public static string RouteOf(string method, string path) => $"{method.ToUpperInvariant()} {Parameters().Replace(path.Split('?')[0], "{}")}";

    public override string ToString() => $"{Method} {Path}";

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameters();
}
