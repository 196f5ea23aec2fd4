using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>Documents that lie: links that lead nowhere, words of the glossary that no code uses, services without a page.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Links_between_documents_resolve() => House.Holds("links", Documents.SelectMany(file => Broken(file, Exists)));

    [Fact]
    public void Files_named_in_documents_exist() => House.Holds("named files", Documents.SelectMany(file => Unknown(file, Exists)));

    [Fact]
    public void Glossary_words_are_the_words_of_the_code() => House.Holds(
        "glossary", Unused(House.Files.Single(file => file.Path == "docs/glossary.md").Text, House.Files.Where(file => !file.IsTest && (file.Path.EndsWith(".cs", StringComparison.Ordinal) || file.Path.EndsWith(".sql", StringComparison.Ordinal)))));

    [Fact]
    public void Every_service_says_what_it_owns_answers_hears_and_tells() => House.Holds(
        "service pages",
        from project in House.Files
        where project.Path.EndsWith(".csproj", StringComparison.Ordinal) && (project.Path.StartsWith("services/", StringComparison.Ordinal) || project.Folder == "gateway")
        let page = House.Files.FirstOrDefault(file => file.Path == project.Folder + "/README.md")
        where page is null
        select $"{project.Folder}: has no README.md");

    [Fact]
    public void A_link_that_leads_nowhere_is_found()
    {
        SourceFile page = new("docs/page.md", "See [one](decisions/), [two](../README.md#start), [web](https://example.com), [here](#below) and [gone](gone.md).");

        Assert.Equal(["docs/page.md: links to gone.md, which is not there"], Broken(page, path => path is "docs/decisions" or "README.md"));
    }

    [Fact]
    public void A_named_file_that_does_not_exist_is_found()
    {
        SourceFile page = new("docs/page.md", "`services/Catalog/Plan.cs` decides; `services/Catalog/Gone.cs` did; `{product}/{api}` is an address, `./run demo` a command.");

        Assert.Equal(["docs/page.md: names services/Catalog/Gone.cs, which is not there"], Unknown(page, path => path == "services/Catalog/Plan.cs"));
    }

    [Fact]
    public void A_glossary_word_that_no_code_uses_is_found() => Assert.Equal(
        ["docs/glossary.md: no code uses 'dunning letter'"],
        Unused("| word | meaning |\n|---|---|\n| billing integration | … |\n| dunning letter | … |\n| parked | … |\n", [new("a.cs", "class BillingIntegration;"), new("b.sql", "create table parked_messages ();")]));

    private static IEnumerable<SourceFile> Documents => House.Files.Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal));

    private static bool Exists(string path) => House.Files.Any(file => file.Path == path || file.Path.StartsWith(path + "/", StringComparison.Ordinal));

    private static IEnumerable<string> Broken(SourceFile page, Func<string, bool> exists) =>
        from link in Link().Matches(page.Text).Select(match => match.Groups[1].Value)
        where !link.Contains(':', StringComparison.Ordinal) && link[0] != '#'
        let path = Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", page.Folder, link.Split('#')[0]))).Replace('\\', '/').TrimEnd('/')
        where !exists(path)
        select $"{page.Path}: links to {link}, which is not there";

    private static IEnumerable<string> Unknown(SourceFile page, Func<string, bool> exists) =>
        from path in Named().Matches(page.Text).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal)
        where !exists(path)
        select $"{page.Path}: names {path}, which is not there";

    // 'billing integration' is BillingIntegration, billingIntegration, billing_integration or a comment's billing integrations somewhere.
    private static IEnumerable<string> Unused(string glossary, IEnumerable<SourceFile> code)
    {
        var texts = code.Select(file => string.Concat(file.Text.Where(char.IsAsciiLetter))).ToList();
        return from match in Row().Matches(glossary)
               let word = match.Groups[1].Value.Trim()
               where word != "word"
               let joined = word.Replace(" ", "", StringComparison.Ordinal).TrimEnd('s')
               where !texts.Any(text => text.Contains(joined, StringComparison.OrdinalIgnoreCase))
               select $"docs/glossary.md: no code uses '{word}'";
    }

    [GeneratedRegex(@"\[[^\]\n]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:services|gateway|ServiceDefaults|AppHost|standins|tests|docs|eng)/[\w./-]+\.\w+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"^\| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
