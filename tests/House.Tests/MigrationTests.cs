using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>A landed migration never changes: databases that applied it would refuse to start. migrations.txt remembers what landed.</summary>
public sealed partial class MigrationTests
{
    [Fact]
    public void Landed_migrations_are_unchanged_and_new_ones_written_down() => House.Holds(
        "migrations", Changed(House.Files.Where(file => Migration().IsMatch(file.Path)), House.Files.Single(file => file.Path == "tests/House.Tests/migrations.txt").Text));

    [Fact]
    public void A_changed_new_vanished_or_doubly_numbered_migration_is_found()
    {
        SourceFile first = new("services/X/schema/001_a.sql", "create table a ();");
        SourceFile second = new("services/X/schema/002_b.sql", "create table b ();");
        var landed = $"# comment\n{Line(first)}\n{Line(second)}\n";

        Assert.Empty(Changed([first, second], landed));
        Assert.Contains("never change", Changed([first with { Text = "create table c ();" }, second], landed).Single(), StringComparison.Ordinal);
        Assert.Contains("is gone", Changed([first], landed).Single(), StringComparison.Ordinal);
        Assert.Contains("add to", Changed([first, second, new("services/X/schema/003_c.sql", "")], landed).Single(), StringComparison.Ordinal);
        Assert.Contains(Changed([first, second, new("services/X/schema/002_c.sql", "")], landed), violation => violation.Contains("number", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Changed(IEnumerable<SourceFile> migrations, string list)
    {
        var present = migrations.ToList();
        var landed = list.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', 2)).ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
        foreach (var file in present)
        {
            if (!landed.TryGetValue(file.Path, out var hash))
            {
                yield return $"{file.Path}: is new; add to migrations.txt: {Line(file)}";
            }
            else if (hash != Hash(file))
            {
                yield return $"{file.Path}: landed migrations never change: restore it (git checkout) and add a new one (only before it is delivered anywhere, its line becomes: {Line(file)})";
            }
        }

        foreach (var path in landed.Keys.Where(path => present.All(file => file.Path != path)))
        {
            yield return $"{path}: landed and is gone: restore it";
        }

        foreach (var same in present.GroupBy(file => $"{file.Folder}/{file.Name[..3]}", StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            yield return $"{same.Key}: is the number of {same.Count()} migrations";
        }
    }

    private static string Line(SourceFile file) => $"{Hash(file)} {file.Path}";

    private static string Hash(SourceFile file) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.Text)));

    [GeneratedRegex(@"^services/\w+/schema/.+\.sql$")]
    private static partial Regex Migration();
}
