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
