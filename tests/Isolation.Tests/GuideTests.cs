using System.Diagnostics;
using System.Text.RegularExpressions;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>The page for providers is tried, word for word.</summary>
public sealed partial class GuideTests(RunningSystem system, ITestOutputHelper output)
{
    [Fact(Timeout = 300_000)]
    public async Task Every_command_of_the_page_for_providers_works()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "providers.md"));
        var blocks = Blocks().Matches(page).Select(m => m.Groups["commands"].Value).ToList();
        Assert.True(blocks.Count > 5, "docs/providers.md has lost its commands.");

        // Each block says which it is, so that a failure can be found on the page.
        var script = "set -euo pipefail\n" + string.Join('\n', blocks.Select((block, i) => $"echo '--- block {i + 1}'\n{block}"));
        var start = new ProcessStartInfo("timeout", ["280", "bash", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["API"] = system.Gateway.ToString().TrimEnd('/'), ["UPSTREAM"] = system.Echo.ToString().TrimEnd('/') },
        };
        using var shell = Process.Start(start)!;
        var errors = shell.StandardError.ReadToEndAsync();
        var told = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        output.WriteLine(told);

        Assert.True(shell.ExitCode == 0, $"docs/providers.md ended with {shell.ExitCode}:\n{told}\n{await errors}");
        Assert.Contains("\"paid\"", told, StringComparison.Ordinal);
    }

    [GeneratedRegex("^```bash\n(?<commands>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocks();
}
