namespace Marketplace.House.Tests;

/// <summary>Ceilings that keep a file one idea.</summary>
public sealed class SizeTests
{
    private const int File = 400;
    private const int Program = 60;

    [Fact]
    public void No_source_file_is_over_its_ceiling() => House.Holds("file size", House.Sources.SelectMany(TooLong));

    [Theory]
    [InlineData("services/Catalog/Plan.cs", 400, 0)]
    [InlineData("services/Catalog/Plan.cs", 401, 1)]
    [InlineData("services/Catalog/Program.cs", 61, 1)]
    [InlineData("AppHost/Program.cs", 61, 0)]
    public void A_file_over_its_ceiling_is_found(string path, int lines, int violations) =>
        Assert.Equal(violations, TooLong(new(path, string.Concat(Enumerable.Repeat("x\n", lines)))).Count());

    private static IEnumerable<string> TooLong(SourceFile file)
    {
        var lines = file.Text.Count(c => c == '\n');
        // AppHost's Program is the map of the whole system; the story's is a program of its own.
        var isTable = file.Name == "Program.cs" && (file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("gateway/", StringComparison.Ordinal));
        var ceiling = isTable ? Program : File;
        return lines > ceiling ? [$"{file.Path}: {lines} lines, the ceiling is {ceiling}; split by idea"] : [];
    }
}
