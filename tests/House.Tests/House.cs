using System.Collections.Concurrent;
using System.Reflection;
using Marketplace.Testing;
using Xunit.Sdk;

namespace Marketplace.House.Tests;

/// <summary>One file of the working copy.</summary>
/// <param name="Path">From the root, with forward slashes.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileName(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    public bool IsStandIn => Path.StartsWith("standins/", StringComparison.Ordinal);

    /// <summary>Stands in for a package, whose names are not ours to choose.</summary>
    public bool IsMirror => IsStandIn && !Path.StartsWith("standins/StripeEmulator/", StringComparison.Ordinal) && !Path.StartsWith("standins/EchoApi/", StringComparison.Ordinal);

    /// <summary>One of these rules: it quotes what it forbids.</summary>
    public bool IsRule => Path.StartsWith("tests/House.Tests/", StringComparison.Ordinal);

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);
}

/// <summary>The working copy as the rules look at it, and the exemptions from them.</summary>
internal static class House
{
    private static readonly string[] NotOurs = ["artifacts", "bin", "obj", ".git", ".data", "node_modules", "TestResults"];
    private static readonly Lazy<IReadOnlyList<SourceFile>> All = new(() => [.. Walk(new DirectoryInfo(Repository.Root))]);
    private static readonly Lazy<IReadOnlyList<Exemption>> Exempt = new(() => Exemption.Read(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "exemptions.txt"))));
    private static readonly ConcurrentDictionary<string, string[]> Found = new(StringComparer.Ordinal);

    /// <summary>Every file that is ours.</summary>
    public static IReadOnlyList<SourceFile> Files => All.Value;

    /// <summary>Every C# file that is ours.</summary>
    public static IEnumerable<SourceFile> Sources => Files.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>The services and the gateway.</summary>
    public static Assembly[] Hosts { get; } =
        [.. new[] { "Accounts", "Catalog", "Subscriptions", "Invoicing", "WebhookIngest", "Gateway" }.Select(name => Assembly.Load("Marketplace." + name))];

    /// <summary>Fails with every violation that no exemption of today covers. A violation begins with what it is about, then a colon.</summary>
    public static void Holds(string rule, IEnumerable<string> violations)
    {
        var found = violations.ToArray();
        Found[rule] = found;
        var left = Exemption.Left(rule, found, Exempt.Value, DateOnly.FromDateTime(DateTime.UtcNow)).ToList();
        if (left.Count > 0)
        {
            throw new XunitException($"{rule}\n  {string.Join("\n  ", left)}");
        }
    }

    private static IEnumerable<SourceFile> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(file => file.Length < 1_000_000)
            .Select(file => new SourceFile(Path.GetRelativePath(Repository.Root, file.FullName).Replace('\\', '/'), File.ReadAllText(file.FullName)))
            .Concat(folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name)).SelectMany(Walk));
}

/// <summary>A line of exemptions.txt.</summary>
internal sealed record Exemption(DateOnly Until, string Rule, string What, string Why)
{
    public static IReadOnlyList<Exemption> Read(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.Length > 0 && line[0] != '#').Select(line =>
            line.Split('|', StringSplitOptions.TrimEntries) is [var until, var rule, var what, { Length: > 0 } why]
                ? new Exemption(DateOnly.ParseExact(until, "yyyy-MM-dd"), rule, what, why)
                : throw new FormatException($"exemptions.txt: not 'date | rule | what | why': {line}"))];

    /// <summary>The violations that stay, and the exemptions of the rule that ended or that nothing needs.</summary>
    public static IEnumerable<string> Left(string rule, IReadOnlyCollection<string> violations, IEnumerable<Exemption> exemptions, DateOnly today)
    {
        var ours = exemptions.Where(exemption => exemption.Rule == rule).ToList();
        return violations.Where(violation => !ours.Any(exemption => exemption.Until >= today && exemption.Covers(violation)))
            .Concat(ours.Where(exemption => exemption.Until < today).Select(exemption => $"exemptions.txt: '{exemption.What}' was exempt until {exemption.Until:yyyy-MM-dd}."))
            .Concat(ours.Where(exemption => !violations.Any(exemption.Covers)).Select(exemption => $"exemptions.txt: nothing needs the exemption of '{exemption.What}' any more: delete the line."));
    }

    private bool Covers(string violation) => violation.StartsWith(What + ":", StringComparison.Ordinal);
}

public sealed class ExemptionTests
{
    private static readonly DateOnly Today = new(2026, 3, 1);
    private static readonly string[] Violations = ["a/b.cs: too long", "c.cs: too long"];

    [Fact]
    public void An_exemption_covers_its_own_violation_until_its_date()
    {
        var exemptions = Exemption.Read(["# a comment", "", "2026-03-01 | rule | a/b.cs | split comes with the next release"]);

        Assert.Equal(["c.cs: too long"], Exemption.Left("rule", Violations, exemptions, Today));
        Assert.Equal(Violations, Exemption.Left("other rule", Violations, exemptions, Today));
        Assert.Equal(3, Exemption.Left("rule", Violations, exemptions, Today.AddDays(1)).Count());
    }

    [Fact]
    public void An_exemption_that_nothing_needs_or_without_a_reason_fails()
    {
        Assert.Equal(3, Exemption.Left("rule", Violations, Exemption.Read(["2026-04-01 | rule | d.cs | why"]), Today).Count());
        Assert.Throws<FormatException>(() => Exemption.Read(["2026-04-01 | rule | d.cs |"]));
    }
}
