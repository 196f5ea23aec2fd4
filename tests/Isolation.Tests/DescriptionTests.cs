using System.Text.RegularExpressions;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>The OpenAPI document says enough of every route to call it without reading our code.</summary>
public sealed partial class DescriptionTests(RunningSystem system)
{
    // What a name begins with, by method. A POST is named after what it does, and never as one of the others.
    private static readonly Dictionary<string, string[]> Verbs = new(StringComparer.Ordinal)
    {
        ["GET"] = ["List", "Get", "Preview"], ["PUT"] = ["Update", "Attach", "Set"], ["PATCH"] = ["Update"], ["DELETE"] = ["Delete", "Detach", "Clear", "Withdraw", "SignOut"],
    };

    // Lists that are no pages of ours.
    private static readonly Dictionary<string, string> NotPaged = new(StringComparer.Ordinal)
    {
        ["GET /v1/payment-method-types"] = "what the system knows, a dozen",
        ["GET /v1/invoice-events"] = "a feed, which goes on after the number of the last event",
        ["GET /v1/operations/invoicing/stripe-objects/{}/{}"] = "a page of Stripe's own, which goes on with startingAfter",
    };

    [Fact]
    public async Task Every_operation_says_what_it_is_wants_answers_and_refuses()
    {
        var api = await ApiDescription.Of(system);
        var open = AccessTable.Read().Where(row => row.Cells["anonymous"] != "401" || (row.Cells["nobody"] == "-" && row.Cells["machine"] == "-")).Select(row => row.Route).ToHashSet(StringComparer.Ordinal);
        var gaps = api.Operations.SelectMany(operation => Gaps(operation, open.Contains(operation.Route)).Select(gap => $"{operation.Method} {operation.Path}: {gap}")).ToList();

        Assert.True(gaps.Count == 0, string.Join('\n', gaps));
    }

    [Fact]
    public async Task Names_of_operations_are_unique_and_begin_with_the_methods_verb()
    {
        var api = await ApiDescription.Of(system);
        var names = api.Operations.Select(o => (o.Method, o.Path, Name: (string?)o.Description["operationId"] ?? "")).ToList();

        Assert.Empty(names.GroupBy(n => n.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));
        var wrong = names.Where(n => !Name().IsMatch(n.Name) || !Fits(n.Method, n.Path, n.Name)).Select(n => $"{n.Method} {n.Path} is {n.Name}").ToList();
        Assert.True(wrong.Count == 0, $"List, Get, Update, Delete and a noun; a POST says what it does:\n{string.Join('\n', wrong)}");
    }

    /// <summary>What grows without end comes in pages. A list that is part of an answer, beside other things, is bounded by what it is part of.</summary>
    [Fact]
    public async Task Every_list_comes_in_pages()
    {
        var api = await ApiDescription.Of(system);
        var lists = api.Operations.Where(operation => operation.Method == "GET" && IsList(api, operation)).ToList();
        Assert.All(NotPaged.Keys, route => Assert.Contains(lists, list => list.Route == route));

        Assert.True(lists.Count > 30, $"Only {lists.Count} lists.");
        var unpaged = lists.Where(list => !NotPaged.ContainsKey(list.Route)).Where(list => !list.Filters.Contains("limit") || !list.Filters.Contains("cursor")).Select(list => $"{list.Method} {list.Path}: no limit and cursor").ToList();
        Assert.True(unpaged.Count == 0, string.Join('\n', unpaged));
    }

    /// <summary>How long a text may be is told wherever it stands: in a body, in a part of one, in a query.</summary>
    [Theory]
    [InlineData("/v1/organizations", "post", "title", 1, 100)]
    [InlineData("/v1/invoices/{id}/credit", "post", "note", 0, 500)]
    [InlineData("/v1/billing-details/{organizationId}", "put", "address.city", 0, 100)]
    [InlineData("/v1/products", "get", "search", 1, 100)]
    [InlineData("/v1/audit-log", "get", "action", 1, 64)]
    public async Task The_length_of_a_text_is_told(string path, string method, string name, int least, int most)
    {
        var api = await ApiDescription.Of(system);
        var operation = api.Document["paths"]![path]![method]!;
        var schema = operation["requestBody"]?["content"]!["application/json"]!["schema"]
            ?? operation["parameters"]!.AsArray().Single(parameter => (string)parameter!["name"]! == name)!["schema"]!;
        foreach (var step in operation["requestBody"] is null ? [] : name.Split('.'))
        {
            schema = BodyField.Resolve(api, BodyField.Resolve(api, schema)["properties"]![step]!);
        }

        Assert.Equal((least, most), ((int?)schema["minLength"] ?? 0, (int?)schema["maxLength"]));
    }

    private static bool IsList(ApiDescription api, ApiOperation operation)
    {
        var answer = operation.Description["responses"]!.AsObject().FirstOrDefault(r => r.Key.StartsWith('2')).Value?["content"]?["application/json"]?["schema"];
        var schema = (string?)answer?["$ref"] is { } name ? api.Document["components"]!["schemas"]![name.Split('/')[^1]] : answer;
        return schema?["properties"]?["data"] is not null || (schema?["type"] is System.Text.Json.Nodes.JsonValue type && type.GetValue<string>() == "array");
    }

    private static bool Fits(string method, string path, string name) => Verbs.TryGetValue(method, out var verbs)
        ? verbs.Any(verb => name.StartsWith(verb, StringComparison.Ordinal))
        : !new[] { "List", "Get", "Update", "Delete" }.Any(verb => name.StartsWith(verb, StringComparison.Ordinal) && !path.EndsWith($"/{verb}", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Gaps(ApiOperation operation, bool isOpen)
    {
        var description = operation.Description;
        var responses = description["responses"]!.AsObject().Select(r => r.Key).ToList();
        string[] refusals = [.. isOpen ? Array.Empty<string>() : ["401", "403"], .. description["requestBody"] is null ? Array.Empty<string>() : ["400", "415"], .. operation.Path.Contains('{', StringComparison.Ordinal) && !isOpen ? ["404"] : Array.Empty<string>()];
        if (string.IsNullOrEmpty((string?)description["summary"]))
        {
            yield return "no summary";
        }

        if (description["tags"]?.AsArray().Count is null or 0)
        {
            yield return "no tags";
        }

        if (operation.Method is "PUT" or "PATCH")
        {
            foreach (var missing in new[] { "412", "428" }.Except(responses))
            {
                yield return $"no {missing}: an update wants If-Match";
            }
        }

        if (!responses.Any(r => r.StartsWith('2')))
        {
            yield return "no success";
        }

        foreach (var missing in refusals.Except(responses))
        {
            yield return $"no {missing}";
        }

        if (description["requestBody"] is { } body && body["content"]?["application/json"]?["schema"] is null && !operation.Path.StartsWith("/webhooks", StringComparison.Ordinal))
        {
            yield return "no schema of the body";
        }

        // Without a security of its own, an operation has the document's: a bearer token.
        if (isOpen != (description["security"]?.AsArray().Count == 0))
        {
            yield return isOpen ? "open, but says that it needs a token" : "needs a token, but says that it is open";
        }
    }

    [GeneratedRegex("^[A-Z][A-Za-z]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
