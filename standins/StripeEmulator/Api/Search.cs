using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Searches: objects of a kind that meet a query, newest first, by pages.</summary>
public static class Search
{
    private static readonly HashSet<string> Numbers =
        ["amount", "canceled_at", "created", "payment_method_details.card.exp_month", "payment_method_details.card.exp_year", "total"];

    public static Reply Run(Call call, string kind, string url, params string[] fields)
    {
        var query = SearchQuery.Parse(call.Text("query")!);
        var tests = query.Clauses.Select(c => Test(c, fields)).ToArray();
        bool Matches(Stored stored) => stored.Scope == call.Tx.Scope && (query.Any ? tests.Any(t => t(stored.Value)) : tests.All(t => t(stored.Value)));

        var (limit, skip) = ((int)Paging.Limit(call), Page(call));
        // One clause that must hold, and whose values are filed, says where to look.
        var filed = query.Any ? null : query.Clauses.Select(c => Filed(call.Tx.Store, kind, c)).FirstOrDefault(set => set is not null);
        var candidates = (filed ?? call.Tx.Store.OfKind(call.Tx.Scope, kind)).Reverse().Where(Matches);
        var found = candidates.Skip(skip).Take(limit + 1).ToList();
        var more = found.Count > limit;
        var next = more ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null;
        var total = (call.Params["expand"] as JsonArray)?.Any(e => e?.GetValue<string>() == Reply.Many.Total) == true ? candidates.Count() : (int?)null;
        return new Reply.Many(url, more ? found[..limit] : found, more, next, Search: true, total);
    }

    private static int Page(Call call) => call.Text("page") is not { } page ? 0
        : int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var skip) ? skip
        : throw StripeException.Invalid("The page parameter is not one that a search has given as next_page.", "page");

    private static SortedSet<Stored>? Filed(ObjectStore store, string kind, SearchClause clause) => clause switch
    {
        { Not: true } or { Quoted: false } or { Operator: not ":" } => null,
        { Key: { } key } => store.Referring(kind, "metadata." + key, clause.Value.ToLowerInvariant()),
        { Field: "customer" or "subscription" } => store.Referring(kind, clause.Field, clause.Value),
        _ => null,
    };

    private static Func<JsonObject, bool> Test(SearchClause clause, string[] fields)
    {
        var isMetadata = clause is { Key: not null, Field: "metadata" };
        if (!isMetadata && (clause.Key is not null || !fields.Contains(clause.Field)))
        {
            throw StripeException.Invalid($"Field `{clause.Field}` is an unsupported search field for resource. See https://stripe.com/docs/search#query-fields-for-each-resource for a list of supported fields.", "query");
        }

        var test = Test(clause);
        return json => test(isMetadata ? (json["metadata"] as JsonObject)?[clause.Key!] : Value(json, clause.Field)) != clause.Not;
    }

    private static JsonNode? Value(JsonObject json, string field) => field switch
    {
        "subscription" => json["parent"]?["subscription_details"]?["subscription"],
        "last_finalization_error_code" => json["last_finalization_error"]?["code"],
        "last_finalization_error_type" => json["last_finalization_error"]?["type"],
        _ => field.Split('.').Aggregate((JsonNode?)json, (node, step) => (node as JsonObject)?[step]),
    };

    private static Func<JsonNode?, bool> Test(SearchClause clause)
    {
        switch (clause.Operator)
        {
            case ":" when clause is { Quoted: false, Value: "null" }:
                return node => node is null;
            case ":":
                return node => node is not null && string.Equals(node.ToString(), clause.Value, StringComparison.OrdinalIgnoreCase);
            case "~":
                return clause.Value.Length >= 3 && !Numbers.Contains(clause.Field)
                    ? node => node is not null && node.ToString().Contains(clause.Value, StringComparison.OrdinalIgnoreCase)
                    : throw StripeException.Invalid($"The substring operator `~` needs a text field and at least 3 characters: `{clause.Field}~\"{clause.Value}\"`.", "query");
            default:
                return Numbers.Contains(clause.Field) && long.TryParse(clause.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bound)
                    ? node => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && Compare(clause.Operator, value.Long(), bound)
                    : throw StripeException.Invalid($"The operator `{clause.Operator}` compares a numeric field with a number: `{clause.Field}{clause.Operator}{clause.Value}`.", "query");
        }
    }

    private static bool Compare(string op, long left, long right) => op switch
    {
        ">" => left > right,
        "<" => left < right,
        ">=" => left >= right,
        _ => left <= right,
    };
}
