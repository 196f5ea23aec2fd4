using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>What the compiler forbids, and what only the text of a source shows.</summary>
public sealed partial class BanTests
{
    private static readonly string[] Symbols =
    [
        "P:System.DateTime.Now", "P:System.DateTime.UtcNow", "P:System.DateTimeOffset.Now", "P:System.DateTimeOffset.UtcNow", "M:System.Guid.NewGuid",
        "M:System.Threading.Tasks.Task.Delay(System.Int32)", "M:System.Threading.Tasks.Task.Delay(System.TimeSpan)",
        "M:System.Threading.Tasks.Task.Delay(System.Int32,System.Threading.CancellationToken)", "M:System.Threading.Tasks.Task.Delay(System.TimeSpan,System.Threading.CancellationToken)",
    ];

    [Fact]
    public void The_banned_symbols_are_listed_and_wired_into_every_build() => House.Holds("banned symbols", Unbanned(Text("BannedSymbols.txt"), Text("Directory.Build.props")));

    [Fact]
    public void No_source_does_what_only_its_text_shows() => House.Holds("banned texts", House.Sources.SelectMany(Banned));

    [Fact]
    public void A_symbol_or_wire_that_is_missing_is_found()
    {
        Assert.Empty(Unbanned(Text("BannedSymbols.txt"), Text("Directory.Build.props")));
        Assert.Single(Unbanned(Text("BannedSymbols.txt").Replace("M:System.Guid.NewGuid;", "", StringComparison.Ordinal), Text("Directory.Build.props")));
        Assert.Equal(2, Unbanned(Text("BannedSymbols.txt"), "<Project />").Count());
    }

    [Theory]
    [InlineData("services/Catalog/Plan.cs", "public sealed class A(IPublishEndpoint bus);", 1)]
    [InlineData("services/Catalog/Plan.cs", "await bus.Publish(new PlanActivated());", 1)]
    [InlineData("services/Catalog/Plan.cs", "catch (Exception) { }", 1)]
    [InlineData("services/Catalog/Plan.cs", "catch\n{\n    return null;\n}", 1)]
    [InlineData("services/Catalog/Plan.cs", "catch\n{\n    Drop();\n    throw;\n}", 0)]
    [InlineData("services/Catalog/Plan.cs", "// TODO: later", 1)]
    [InlineData("services/Catalog/Plan.cs", "#pragma warning disable RS0030", 1)]
    [InlineData("services/Catalog/Plan.cs", "long a; double amount = 0.1;", 1)]
    [InlineData("services/Catalog/Plan.cs", "await transaction.Announce(new PlanActivated(), cancellation);", 0)]
    [InlineData("tests/Catalog.Tests/A.cs", "[Fact(Skip = \"flaky\")]", 1)]
    [InlineData("tests/Catalog.Tests/A.cs", "Thread.Sleep(100);", 1)]
    public void A_banned_text_is_found(string path, string text, int violations) => Assert.Equal(violations, Banned(new(path, text)).Count());

    private static string Text(string path) => House.Files.Single(file => file.Path == path).Text;

    private static IEnumerable<string> Unbanned(string symbols, string properties)
    {
        foreach (var symbol in Symbols.Where(symbol => !symbols.Contains(symbol + ";", StringComparison.Ordinal)))
        {
            yield return $"BannedSymbols.txt: does not ban {symbol}";
        }

        foreach (var wire in new[] { "BannedSymbols.txt\" />", "Include=\"Microsoft.CodeAnalysis.BannedApiAnalyzers\"" }.Where(wire => !properties.Contains(wire, StringComparison.Ordinal)))
        {
            yield return $"Directory.Build.props: does not wire {wire}";
        }
    }

    private static IEnumerable<string> Banned(SourceFile file)
    {
        var isProduct = !file.IsStandIn && !file.IsTest;
        var isService = file.Path.StartsWith("services/", StringComparison.Ordinal) && !file.Path.StartsWith("services/Storage/", StringComparison.Ordinal);
        (bool Applies, Regex Text, string Why)[] bans =
        [
            (isService, Publishing(), "announce through the outbox: transaction.Announce"),
            (isProduct, Swallowing(), "a failure is handled, logged or thrown on, never swallowed"),
            (isProduct, Unfinished(), "no unfinished work in the tree"),
            (isProduct, Silencing(), "an analyzer is switched off centrally, with its reason, or not at all"),
            (isService && !file.Path.StartsWith("services/Contracts/", StringComparison.Ordinal), Inexact(), "money is minor units, prices are decimals"),
            (file.IsTest && !file.IsRule, Untested(), "tests are not skipped and do not sleep"),
        ];
        return bans.Where(ban => ban.Applies && ban.Text.IsMatch(file.Text)).Select(ban => $"{file.Path}: '{ban.Text.Match(file.Text).Value.Trim()}': {ban.Why}");
    }

    [GeneratedRegex(@"\bIPublishEndpoint\b|\bISendEndpointProvider\b|\bIBus\b|\b(bus|context)\.Publish\(")]
    private static partial Regex Publishing();

    // An empty block, or one without a filter, a name or a throw that answers something.
    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^\n]*\))?\s*\{\s*\}|catch\s*\{[^}]*\breturn\b[^}]*\}")]
    private static partial Regex Swallowing();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"#pragma warning disable|\[SuppressMessage|#nullable disable")]
    private static partial Regex Silencing();

    [GeneratedRegex(@"\b(double|float)\s+\w*([aA]mount|[pP]rice|[tT]otal|[fF]ee)\w*")]
    private static partial Regex Inexact();

    [GeneratedRegex(@"\bSkip\s*=\s*""|\bSkipUnless\b|Assert\.Skip|Thread\.Sleep\(")]
    private static partial Regex Untested();
}
