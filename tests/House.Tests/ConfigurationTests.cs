using System.Text.Json;
using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>appsettings.json is a host's list of settings: every key that it reads is there with its default.</summary>
public sealed partial class ConfigurationTests
{
    private static readonly string[] EveryHost = ["ServiceDefaults/"];
    private static readonly string[] WithDatabase = ["ServiceDefaults/", "services/Storage/"];

    [Fact]
    public void Every_key_that_a_host_reads_is_in_its_appsettings() => House.Holds("settings", Hosts().SelectMany(host => Missing(host.Folder, host.Settings, host.Sources)));

    [Fact]
    public void A_key_that_is_not_listed_is_found()
    {
        SourceFile[] sources = [new("services/X/A.cs", """_ = configuration["Stripe:ApiBase"] + builder.Configuration.GetConnectionString("x") + configuration.GetSection("Upstreams:Allowed") + query.GetValue("code") + configuration.GetValue("Gateway:Seconds", 1);""")];

        Assert.Empty(Missing("services/X", """{"Stripe":{"ApiBase":null},"ConnectionStrings":{"x":null},"Upstreams":{"Allowed":[]},"Gateway":{"Seconds":1}}""", sources));
        Assert.Equal(["Stripe:ApiBase"], Missing("services/X", """{"Stripe":{},"ConnectionStrings":{"x":null},"Upstreams":{"Allowed":[]},"Gateway":{"Seconds":1}}""", sources).Select(Key));
        Assert.Equal(["ConnectionStrings:x", "Upstreams:Allowed"], Missing("services/X", """{"Stripe":{"ApiBase":""},"Gateway":{"Seconds":1}}""", sources).Select(Key).Order(StringComparer.Ordinal));
        Assert.Single(Missing("services/X", null, sources));
    }

    private static string Key(string violation) => violation.Split('\'')[1];

    private static IEnumerable<(string Folder, string? Settings, IEnumerable<SourceFile> Sources)> Hosts() =>
        from program in House.Files
        where program.Name == "Program.cs" && (program.Path.StartsWith("services/", StringComparison.Ordinal) || program.Path.StartsWith("gateway/", StringComparison.Ordinal))
        let also = program.Folder == "gateway" ? EveryHost : WithDatabase
        select (program.Folder,
            House.Files.FirstOrDefault(file => file.Path == program.Folder + "/appsettings.json")?.Text,
            House.Sources.Where(file => also.Append(program.Folder + "/").Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal))));

    private static IEnumerable<string> Missing(string folder, string? settings, IEnumerable<SourceFile> sources)
    {
        if (settings is null)
        {
            return [$"{folder}: has no appsettings.json"];
        }

        using var document = JsonDocument.Parse(settings);
        var root = document.RootElement.Clone();
        return sources.SelectMany(Keys).Distinct(StringComparer.Ordinal).Where(key => !Lists(root, key.Split(':')))
            .Select(key => $"{folder}/appsettings.json: does not list '{key}'; add it with its default, or null");
    }

    private static bool Lists(JsonElement element, ReadOnlySpan<string> path) =>
        path.Length == 0
        || (element.ValueKind == JsonValueKind.Array && int.TryParse(path[0], out _))
        || (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(path[0], out var next) && Lists(next, path[1..]));

    // Keys put together at run time name other services; they cannot be read off the source.
    private static IEnumerable<string> Keys(SourceFile file) =>
        Read().Matches(file.Text).Select(match => match.Groups["database"].Success ? "ConnectionStrings:" + match.Groups["database"].Value : match.Groups["key"].Value);

    [GeneratedRegex("""[cC]onfiguration(?:\["(?<key>[^"]+)"\]|\.GetValue(?:<[^>]+>)?\("(?<key>[^"]+)")|(?:GetSection|BindConfiguration)\("(?<key>[^"]+)"|GetConnectionString\("(?<database>[^"]+)"\)""")]
    private static partial Regex Read();
}
