using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Marketplace.House.Tests;

/// <summary>Who may reference whom, and where the two flavours of packages may be told apart.</summary>
public sealed partial class ProjectTests
{
    private static readonly string[] ForHosts = ["ServiceDefaults", "Contracts", "Storage", "Pricing"];
    private static readonly string[] Impure = ["TimeProvider", "DateTimeOffset.UtcNow", "Npgsql", "Database", "HttpClient", "Random"];

    [Fact]
    public void Projects_reference_only_what_they_may() => House.Holds("project references", House.Files.SelectMany(References));

    [Fact]
    public void Only_standins_know_the_flavour_of_packages() => House.Holds("package flavour", House.Sources.SelectMany(Flavours));

    [Fact]
    public void Prices_are_computed_without_a_clock_a_database_or_the_net() => House.Holds(
        "pure pricing",
        from file in House.Sources
        where file.Path.StartsWith("services/Pricing/", StringComparison.Ordinal)
        from word in Impure
        where file.Text.Contains(word, StringComparison.Ordinal)
        select $"{file.Path}: uses {word}; what a price comes to depends on nothing but its arguments");

    [Fact]
    public void Every_standin_says_what_it_replaces() => House.Holds(
        "stand-in documents",
        House.Files.Where(file => file.IsStandIn && file.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .Where(project => !House.Files.Any(file => file.Path == project.Folder + "/README.md"))
            .Select(project => $"{project.Folder}: has no README.md that says what it replaces and when it is unused"));

    [Theory]
    [InlineData("services/Catalog/Catalog.csproj", """<Project><ItemGroup><ProjectReference Include="../Invoicing/Invoicing.csproj" /></ItemGroup></Project>""")]
    [InlineData("services/Pricing/Pricing.csproj", """<Project><ItemGroup><ProjectReference Include="../Storage/Storage.csproj" /></ItemGroup></Project>""")]
    [InlineData("services/Contracts/Contracts.csproj", """<Project><ItemGroup><PackageReference Include="MassTransit" /></ItemGroup></Project>""")]
    [InlineData("ServiceDefaults/ServiceDefaults.csproj", """<Project><ItemGroup><ProjectReference Include="../services/Contracts/Contracts.csproj" /></ItemGroup></Project>""")]
    [InlineData("gateway/Gateway.csproj", """<Project><ItemGroup><ProjectReference Include="../services/Storage/Storage.csproj" /></ItemGroup></Project>""")]
    [InlineData("services/Catalog/Catalog.csproj", """<Project><ItemGroup><ProjectReference Include="../../standins/Stripe.net/Stripe.net.csproj" /></ItemGroup></Project>""")]
    [InlineData("services/Catalog/Catalog.csproj", """<Project><ItemGroup><PackageReference Include="Dapper" Version="1.0.0" /></ItemGroup></Project>""")]
    public void A_reference_across_a_wall_is_found(string path, string project) => Assert.Single(References(new(path, project)));

    [Fact]
    public void A_source_that_asks_for_the_flavour_is_found()
    {
        Assert.Single(Flavours(new("services/Catalog/Plan.cs", "// needs UpstreamPackages")));
        Assert.Single(Flavours(new("services/Catalog/Plan.cs", "#if DEBUG\n#endif")));
        Assert.Empty(Flavours(new("standins/Stripe.net/A.cs", "// unused with UpstreamPackages")));
    }

    private static IEnumerable<string> References(SourceFile file)
    {
        if (!file.Path.EndsWith(".csproj", StringComparison.Ordinal))
        {
            yield break;
        }

        var items = XDocument.Parse(file.Text).Descendants().ToList();
        var name = Path.GetFileNameWithoutExtension(file.Path);
        if (name == "Contracts" && items.Any(item => item.Name.LocalName == "PackageReference"))
        {
            yield return $"{file.Path}: Contracts has no packages";
        }

        foreach (var item in items.Where(item => item.Name.LocalName == "PackageReference" && (item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null)))
        {
            yield return $"{file.Path}: the version of {item.Attribute("Include")?.Value} belongs into Directory.Packages.props";
        }

        foreach (var item in items.Where(item => item.Name.LocalName == "ProjectReference"))
        {
            var include = item.Attribute("Include")!.Value.Replace('\\', '/');
            var target = Path.GetFileNameWithoutExtension(include);
            var toStandIn = include.Contains("standins/", StringComparison.Ordinal);
            if (!file.IsStandIn && !file.IsTest && toStandIn && !Conditions(item).Contains("UpstreamPackages", StringComparison.Ordinal))
            {
                yield return $"{file.Path}: takes the stand-in {target} whatever UpstreamPackages says";
            }
            else if (!toStandIn && !MayReference(file, name, target))
            {
                yield return $"{file.Path}: may not reference {target}";
            }
        }
    }

    private static string Conditions(XElement item) =>
        string.Concat(item.AncestorsAndSelf().Select(element => element.Attribute("Condition")?.Value));

    private static bool MayReference(SourceFile file, string name, string target) => name switch
    {
        _ when file.IsTest => true,
        "ServiceDefaults" or "Contracts" => false,
        "Pricing" => target == "Contracts",
        "Storage" => target is "ServiceDefaults" or "Contracts",
        "Gateway" => target is "ServiceDefaults" or "Contracts",
        _ when file.Path.StartsWith("services/", StringComparison.Ordinal) => ForHosts.Contains(target),
        _ when file.IsMirror => false,
        // The emulator and the echo API are hosts like the others, but know nothing of the product.
        _ when file.IsStandIn => target == "ServiceDefaults",
        _ => true,
    };

    private static IEnumerable<string> Flavours(SourceFile file)
    {
        if (file.IsStandIn || file.IsRule)
        {
            yield break;
        }

        if (file.Text.Contains("UpstreamPackages", StringComparison.Ordinal))
        {
            yield return $"{file.Path}: mentions UpstreamPackages";
        }

        if (Conditional().IsMatch(file.Text))
        {
            yield return $"{file.Path}: compiles differently under a condition";
        }
    }

    [GeneratedRegex(@"^\s*#(if|elif)\b", RegexOptions.Multiline)]
    private static partial Regex Conditional();
}
