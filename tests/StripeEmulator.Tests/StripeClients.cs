using System.Diagnostics;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What a program of Stripe's printed, and how it ended.</summary>
public sealed record Ended(int Code, string Output);

/// <summary>Stripe's own command line and Node clients, as ./test installs them: the versions that Clients/package-lock.json pins.</summary>
public static class StripeClients
{
    private static readonly string Pinned = Path.Combine(Repository.Root, "tests", "StripeEmulator.Tests", "Clients");

    /// <summary>The folder that has them, or a failure that says how to get them.</summary>
    public static string Folder => Find();

    public static string CommandLine => Directory.GetFiles(Path.Combine(Folder, "node_modules", "@stripe"), "stripe", SearchOption.AllDirectories).FirstOrDefault()
        ?? throw new InvalidOperationException($"@stripe/cli in {Folder} has no program for this machine.");

    /// <summary>A file of Clients.</summary>
    public static string File(string name) => Path.Combine(Pinned, name);

    public static async Task<Ended> Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.WaitForExitAsync(patience.Token);
            return new Ended(process.ExitCode, string.Concat(texts));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Find()
    {
        var cache = Environment.GetEnvironmentVariable("MARKETPLACE_CACHE") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "marketplace");
        var folder = Environment.GetEnvironmentVariable("TEST_STRIPE_CLIENTS") ?? Path.Combine(cache, "stripe-clients");
        var installed = Path.Combine(folder, "package-lock.json");
        return System.IO.File.Exists(installed) && System.IO.File.ReadAllText(installed) == System.IO.File.ReadAllText(File("package-lock.json"))
            ? folder
            : throw new InvalidOperationException(
                $"Stripe's own clients are not in {folder}. ./test installs them; by hand: mkdir -p {folder} && cp {Pinned}/package*.json {folder} && npm install --prefix {folder} --no-save --ignore-scripts && cp {Pinned}/package-lock.json {folder}");
    }
}
