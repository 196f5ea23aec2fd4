using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Stripe's search language: <c>email:"a@b.c" AND -metadata["order"]:"6735" AND created&gt;1700000000</c>.</summary>
public static partial class Search
{
    public static Reply Run(Call call, string kind, string url, params string[] fields)
    {
        var query = call.Text("query")!;
        var any = Or().Split(query);
        var parts = any.Length > 1 ? any : And().Split(query);
        var clauses = parts.Select(p => Parse(p, fields)).ToArray();
        bool Matches(Stored stored) => any.Length > 1 ? clauses.Any(c => c(stored.Value)) : clauses.All(c => c(stored.Value));

        var limit = (int)Paging.Limit(call);
        var skip = call.Text("page") is { } page && int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        // One clause that must hold, and whose values are filed, says where to look.
        var filed = any.Length > 1 ? null : parts.Select(p => Filed(call.Tx.Store, kind, p)).FirstOrDefault(set => set is not null);
        var found = (filed ?? call.Tx.Store.OfKind(call.Tx.Scope, kind)).Reverse().Where(s => s.Scope == call.Tx.Scope && Matches(s)).Skip(skip).Take(limit + 1).ToList();
        var more = found.Count > limit;
        var next = more ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null;
        return new Reply.Many(url, more ? found[..limit] : found, more, next, Search: true);
    }

    private static SortedSet<Stored>? Filed(ObjectStore store, string kind, string clause)
    {
        var match = Clause().Match(clause.Trim());
        if (match.Groups["not"].Success || match.Groups["op"].Value != ":" || !match.Groups["text"].Success)
        {
            return null;
        }

        var (field, text) = (match.Groups["field"].Value, match.Groups["text"].Value);
        return field switch
        {
            _ when text == "null" => null,
            "metadata" when match.Groups["meta"].Success => store.Referring(kind, "metadata." + match.Groups["meta"].Value, text.ToLowerInvariant()),
            "customer" or "subscription" => store.Referring(kind, field, text),
            _ => null,
        };
    }

    private static Func<JsonObject, bool> Parse(string clause, string[] fields)
    {
        var match = Clause().Match(clause.Trim());
        if (!match.Success)
        {
            throw StripeException.Invalid($"We were unable to parse your search query: `{clause.Trim()}`. Learn more about the query language here: https://stripe.com/docs/search#search-query-language", "query");
        }

        var field = match.Groups["field"].Value;
        var meta = match.Groups["meta"].Success ? match.Groups["meta"].Value : null;
        if (meta is null && !fields.Contains(field))
        {
            throw StripeException.Invalid($"Field `{field}` is an unsupported search field for resource. See https://stripe.com/docs/search#query-fields-for-each-resource for a list of supported fields.", "query");
        }

        var value = match.Groups["text"].Success ? match.Groups["text"].Value : match.Groups["bare"].Value;
        var test = Test(match.Groups["op"].Value, value);
        var negated = match.Groups["not"].Success;
        return json => test(meta is null ? json[field] : (json["metadata"] as JsonObject)?[meta]) != negated;
    }

    private static Func<JsonNode?, bool> Test(string op, string wanted) => op switch
    {
        ":" when wanted == "null" => node => node is null,
        ":" => node => node is not null && string.Equals(node.ToString(), wanted, StringComparison.OrdinalIgnoreCase),
        "~" => node => node is not null && node.ToString().Contains(wanted, StringComparison.OrdinalIgnoreCase),
        _ => node => node is not null && Compare(op, node.Long(), long.Parse(wanted, CultureInfo.InvariantCulture)),
    };

    private static bool Compare(string op, long left, long right) => op switch
    {
        ">" => left > right,
        "<" => left < right,
        ">=" => left >= right,
        _ => left <= right,
    };

    [GeneratedRegex(@"\s+OR\s+", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Or();

    [GeneratedRegex(@"\s+AND\s+|\s+(?=-?[a-z_]+(\[|:|~|>|<))", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex And();

    [GeneratedRegex("""^(?<not>-)?(?<field>[a-z_]+)(\[["'](?<meta>[^"']+)["']\])?\s*(?<op>:|~|>=|<=|>|<)\s*(["'](?<text>[^"']*)["']|(?<bare>-?[A-Za-z0-9_.]+))$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Clause();
}
