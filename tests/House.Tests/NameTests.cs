using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>Names that say nothing, and names of kinds instead of things.</summary>
public sealed partial class NameTests
{
    private static readonly string[] Forbidden =
        ["Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Shared", "Manager", "Base", "Impl", "Misc", "VNext"];

    private static readonly string[] Kinds = ["Controllers", "Services", "Repositories", "Models", "Dtos", "Interfaces", "Handlers"];

    [Fact]
    public void No_file_folder_or_type_has_an_empty_name() => House.Holds("names", House.Sources.SelectMany(Names));

    [Fact]
    public void Own_methods_have_no_Async_suffix() => House.Holds("async suffix", House.Sources.Where(file => !file.IsStandIn).SelectMany(Suffixes));

    [Fact]
    public void An_interface_has_two_implementations() => House.Holds("interfaces", Lonely([.. House.Sources.Where(file => !file.IsStandIn && !file.IsRule)]));

    [Fact]
    public void An_interface_with_one_implementation_is_found()
    {
        SourceFile[] lonely = [new("a.cs", "internal interface IClockwork { }"), new("b.cs", "sealed class Clockwork(int a) : Gear, IClockwork { }")];

        Assert.Single(Lonely(lonely));
        Assert.Empty(Lonely([.. lonely, new("c.cs", "sealed class Sundial : IClockwork;")]));
    }

    [Theory]
    [InlineData("services/Catalog/PlanHelper.cs", "", 1)]
    [InlineData("services/Catalog/Common/Plan.cs", "", 1)]
    [InlineData("services/Catalog/Models/Plan.cs", "", 1)]
    [InlineData("services/Catalog/Plan.cs", "public sealed class PlanManager;", 1)]
    [InlineData("services/Catalog/Plan.cs", "internal abstract record struct BasePlan(int A);", 1)]
    [InlineData("services/Catalog/Database.cs", "public sealed class DatabaseSource { } // a shared manager", 0)]
    public void An_empty_name_is_found(string path, string text, int violations) => Assert.Equal(violations, Names(new(path, text)).Count());

    [Theory]
    [InlineData("    public static async Task<int> LoadAsync(string id)", 1)]
    [InlineData("    private Task Save<T>Async(", 0)]
    [InlineData("    public async ValueTask DisposeAsync()", 0)]
    [InlineData("    protected override async Task ExecuteAsync(CancellationToken stopping)", 0)]
    [InlineData("        await connection.OpenAsync(cancellation);", 0)]
    [InlineData("        return await reader.ReadAsync(cancellation);", 0)]
    public void An_Async_suffix_is_found(string line, int violations) => Assert.Equal(violations, Suffixes(new("services/Catalog/Plan.cs", line)).Count());

    private static IEnumerable<string> Names(SourceFile file)
    {
        if (file.IsMirror)
        {
            yield break;
        }

        var types = file.IsRule ? [] : Type().Matches(file.Text).Select(match => match.Groups[1].Value);
        var places = file.Path.Split('/', '.');
        foreach (var name in places.Concat(types).Distinct(StringComparer.Ordinal))
        {
            foreach (var word in Word().Matches(name).Select(match => match.Value).Where(word => Forbidden.Contains(word)))
            {
                yield return $"{file.Path}: '{word}' in '{name}' says nothing; name the thing";
            }
        }

        foreach (var folder in file.Path.Split('/')[..^1].Where(folder => Kinds.Contains(folder)))
        {
            yield return $"{file.Path}: '{folder}' names a kind; folders are features";
        }
    }

    private static IEnumerable<string> Lonely(IReadOnlyList<SourceFile> files) =>
        from file in files
        from match in Interface().Matches(file.Text)
        let name = match.Groups[1].Value
        let implementations = files.Sum(other => Regex.Count(other.Text, $@"(?:class|struct|record)\s+\w+[^;{{]*?:[^;{{]*\b{name}\b"))
        where implementations < 2
        select $"{file.Path}: {name} has {implementations} implementation(s); a type of its own says as much";

    private static IEnumerable<string> Suffixes(SourceFile file) =>
        from match in Method().Matches(file.Text)
        where !match.Value.Contains(" override ", StringComparison.Ordinal)
        let name = match.Groups[1].Value
        // Named by interfaces and conventions of the framework.
        where name is not ("DisposeAsync" or "InitializeAsync" or "StartAsync" or "StopAsync" or "StartingAsync" or "StartedAsync" or "StoppingAsync" or "StoppedAsync" or "InvokeAsync" or "BindAsync" or "ExecuteAsync" or "CheckHealthAsync" or "SendAsync"
            or "MakeRequestAsync" or "MakeStreamingRequestAsync")
        select $"{file.Path}: {name} has the suffix Async";

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum)\s+(?:struct\s+|class\s+)?([A-Z]\w*)")]
    private static partial Regex Type();

    [GeneratedRegex(@"\binterface\s+(I[A-Z]\w*)")]
    private static partial Regex Interface();

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z0-9]+|[a-z0-9]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[ \t]*(?:public|private|internal|protected)[\w\s<>\[\],?()]*?\b(?:Task|ValueTask)\b[^\n=;(]*?\b(\w+Async)\s*(?:<\w+>)?\(", RegexOptions.Multiline)]
    private static partial Regex Method();
}
