using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Marketplace.StripeEmulator.Tests;

/// <summary><c>stripe trigger</c> of Stripe's own command line, for every event that it makes with calls to one machine.</summary>
public sealed partial class CommandLineTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const int Demanded = 71;

    private static readonly Trigger[] Triggers =
    [
        .. File.ReadLines(StripeClients.File("triggers.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(Trigger.Read),
    ];

    [Fact]
    public async Task The_command_line_triggers_its_events()
    {
        Assert.Equal(72, Triggers.Length);
        var address = app.Http.BaseAddress!.ToString().TrimEnd('/');
        var failures = new ConcurrentDictionary<Trigger, string>();
        var unheard = new ConcurrentDictionary<Trigger, Caller>();
        await Parallel.ForEachAsync(Triggers, new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (trigger, _) =>
        {
            var caller = app.NewAccount();
            if (await Fails(trigger, caller, address) is { } failure)
            {
                failures[trigger] = failure;
            }
            else if (!await Heard(trigger, caller))
            {
                (failures[trigger], unheard[trigger]) = ($"there is no event {trigger.Event}", caller);
            }
        });

        // Some banks take their time.
        await app.NewAccount().Turn(HttpMethod.Put, "clock", new { now = DateTimeOffset.UtcNow.AddDays(1) });
        foreach (var (trigger, caller) in unheard)
        {
            if (await Heard(trigger, caller))
            {
                failures.TryRemove(trigger, out _);
            }
        }

        var passed = Triggers.Length - failures.Count;
        var report = string.Join('\n', Triggers.Where(failures.ContainsKey).Select(t => $"{t.Name} | {t.Reason ?? "(must pass)"} | {failures[t]}"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{passed} / {Triggers.Length} triggers pass\n{report}");
        Assert.True(passed >= Demanded, $"{passed} / {Triggers.Length} triggers pass, {Demanded} must.\n{report}");
        Assert.True(failures.Keys.All(t => t.Reason is not null), $"These must pass:\n{string.Join('\n', failures.Where(f => f.Key.Reason is null).Select(f => $"{f.Key.Name}: {f.Value}"))}");
        var stale = Triggers.Where(t => t.Reason is not null && !failures.ContainsKey(t)).Select(t => t.Name).ToList();
        Assert.True(stale.Count == 0, $"These pass, so triggers.txt must give no reason for them: {string.Join(", ", stale)}");
    }

    private static async Task<bool> Heard(Trigger trigger, Caller caller) =>
        (await caller.Get($"/v1/events?type={trigger.Event}")).Ok()["data"]!.AsArray().Count > 0;

    private static async Task<string?> Fails(Trigger trigger, Caller caller, string address)
    {
        var settings = Path.Combine(Path.GetTempPath(), $"stripe-{Path.GetRandomFileName()}.toml");
        var ended = await StripeClients.Run(
            StripeClients.CommandLine,
            ["trigger", trigger.Name, "--api-key", caller.Key, "--api-base", address, "--config", settings, "--color", "off"],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["STRIPE_CLI_TELEMETRY_OPTOUT"] = "1", ["STRIPE_API_KEY"] = "" });
        File.Delete(settings);
        return ended.Code == 0 ? null
            : Message().Match(ended.Output) is { Success: true } refused ? refused.Groups["text"].Value
            : ended.Output.Replace('\n', ' ').Trim();
    }

    [GeneratedRegex("\"message\": \"(?<text>([^\"\\\\]|\\\\.)*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Message();

    private sealed record Trigger(string Name, string Event, string? Reason)
    {
        public static Trigger Read(string line)
        {
            var parts = line.Split('|', 2, StringSplitOptions.TrimEntries);
            var names = parts[0].Split('=', 2, StringSplitOptions.TrimEntries);
            return new Trigger(names[0], names[^1], parts.Length > 1 ? parts[1] : null);
        }
    }
}
