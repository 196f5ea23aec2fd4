using System.Text.RegularExpressions;

namespace Marketplace.StripeEmulator.Api;

/// <summary>One condition of a search: <c>-metadata["order"]:"6735"</c>.</summary>
public sealed record SearchClause(bool Not, string Field, string? Key, string Operator, string Value, bool Quoted);

/// <summary>
/// Stripe's search language: <c>email:"a@b.c" AND -metadata["order"]:"6735" AND created&gt;1700000000</c>. Up to ten clauses,
/// joined by AND (or a space) or by OR, never by both; no parentheses.
/// </summary>
public sealed partial class SearchQuery
{
    private const int Most = 10;

    /// <summary>True when one clause is enough.</summary>
    public bool Any { get; private init; }

    public required IReadOnlyList<SearchClause> Clauses { get; init; }

    public static SearchQuery Parse(string text)
    {
        var clauses = new List<SearchClause>();
        var joins = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; ;)
        {
            var match = Clause().Match(text, at);
            if (!match.Success)
            {
                throw Unreadable(text);
            }

            clauses.Add(Read(match));
            at = match.Index + match.Length;
            if (at == text.Length)
            {
                break;
            }

            var join = Join().Match(text, at);
            joins.Add(join.Success ? join.Groups["join"].Value : "AND");
            at += join.Length;
        }

        return joins.Count > 1 ? throw StripeException.Invalid("A search query may join its clauses by AND or by OR, but not by both.", "query")
            : clauses.Count > Most ? throw StripeException.Invalid($"A search query may have at most {Most} clauses; yours has {clauses.Count}.", "query")
            : new SearchQuery { Any = joins.Contains("OR"), Clauses = clauses };
    }

    private static SearchClause Read(Match match) => new(
        match.Groups["not"].Success,
        match.Groups["field"].Value,
        match.Groups["key"].Success ? match.Groups["key"].Value : null,
        match.Groups["op"].Value,
        match.Groups["text"].Success ? Escape().Replace(match.Groups["text"].Value, "${kept}") : match.Groups["bare"].Value,
        match.Groups["text"].Success);

    private static StripeException Unreadable(string query) =>
        StripeException.Invalid($"We were unable to parse your search query: `{query}`. Learn more about the query language here: https://stripe.com/docs/search#search-query-language", "query");

    [GeneratedRegex("""\G\s*(?<not>-)?(?<field>[a-z_][a-z0-9_.]*)(\[("(?<key>[^"]+)"|'(?<key>[^']+)')\])?\s*(?<op>:|~|>=|<=|>|<)\s*("(?<text>(\\.|[^"\\])*)"|'(?<text>(\\.|[^'\\])*)'|(?<bare>-?[A-Za-z0-9_.@+-]+))(\s+|$)""", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Clause();

    [GeneratedRegex(@"\G(?<join>AND|OR)\s+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Join();

    [GeneratedRegex(@"\\(?<kept>.)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Escape();
}
