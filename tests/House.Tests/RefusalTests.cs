using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>A code is what clients decide by, so it means one thing everywhere: it has one status.</summary>
public sealed partial class RefusalTests
{
    [Fact]
    public void A_code_has_one_status_in_all_services() =>
        House.Holds("refusals", Disagreements([.. House.Sources.Where(file => !file.IsTest && !file.IsStandIn)]));

    [Fact]
    public void Codes_of_two_statuses_and_statuses_that_depend_are_found()
    {
        SourceFile[] agree = [new("services/A/Problems.cs", "Problem.Of(409, \"taken\", \"…\")"), new("services/B/Problems.cs", "Problem.Of(\n    StatusCodes.Status409Conflict, \"taken\",")];

        Assert.Empty(Disagreements(agree));
        Assert.StartsWith("taken: ", Assert.Single(Disagreements([.. agree, new("services/C/Problems.cs", "Problem.Of(422, \"taken\",")])), StringComparison.Ordinal);
        Assert.StartsWith("services/D/Problems.cs: ", Assert.Single(Disagreements([new("services/D/Problems.cs", "Problem.Of(status, \"code_wrong\",")])), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Disagreements(IReadOnlyList<SourceFile> files)
    {
        var refusals = files.SelectMany(file => Refusal().Matches(file.Text)
            .Select(match => (file.Path, Status: Number().Match(match.Groups["status"].Value).Value, Code: match.Groups["code"].Value))).ToList();
        return refusals.Where(refusal => refusal.Status.Length == 0).Select(refusal => $"{refusal.Path}: the status of '{refusal.Code}' depends; give each status a code of its own")
            .Concat(refusals.Where(refusal => refusal.Status.Length > 0).GroupBy(refusal => refusal.Code, StringComparer.Ordinal)
                .Where(same => same.DistinctBy(refusal => refusal.Status).Count() > 1)
                .Select(same => $"{same.Key}: is {string.Join(" and ", same.Select(refusal => $"{refusal.Status} in {refusal.Path}").Distinct())}"));
    }

    [GeneratedRegex(@"\b(?:Problem|Problems)\.Of\(\s*(?<status>[\w.]+),\s*""(?<code>[a-z_]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Refusal();

    [GeneratedRegex("[1-5][0-9][0-9]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
