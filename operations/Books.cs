using System.Text.Json;

namespace Marketplace.Operations;

/// <summary>The books of all services: each held against its own rules, then compared with each other.</summary>
public static class Books
{
    // What one service did and another has not heard of yet is no contradiction: the gateway reads its feed every 15 s at the latest.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly string[] Services = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks"];

    /// <summary>Tells each rule that is broken, and whether all hold.</summary>
    public static async Task<bool> Check(OperatorClient client, Action<string> tell)
    {
        var broken = 0;
        foreach (var service in Services)
        {
            var report = await client.Get<Report>($"/v1/operations/{service}/invariants");
            var violated = report.Findings.Where(finding => finding.Violations > 0).ToList();
            tell($"{service,-16} {report.Findings.Count - violated.Count} of {report.Findings.Count} rules hold");
            violated.ForEach(finding => tell($"  BROKEN {finding.Name}: {finding.Rule} {finding.Violations} rows, such as {finding.Rows[0]}"));
            broken += violated.Count;
        }

        return await Compare(client, tell) && broken == 0;
    }

    /// <summary>Compares the services' books: a difference counts when every look within the patience shows the same one.</summary>
    private static async Task<bool> Compare(OperatorClient client, Action<string> tell)
    {
        var began = TimeProvider.System.GetTimestamp();
        HashSet<Difference>? left = null;
        IReadOnlyList<string> unlisted;
        do
        {
            if (left is not null)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }

            var facts = await AllFacts.Read(client);
            unlisted = facts.Unlisted;
            var seen = Comparison.Look(facts);
            left = left is null ? [.. seen] : [.. seen.Where(left.Contains)];
        }
        while (left.Count > 0 && TimeProvider.System.GetElapsedTime(began) < Patience);

        tell($"{"between services",-16} {Comparison.Rules.Count - left.DistinctBy(d => d.Rule).Count()} of {Comparison.Rules.Count} rules hold");
        foreach (var (name, rule, _) in Comparison.Rules)
        {
            var rows = left.Where(d => d.Rule == name).ToList();
            if (rows.Count > 0)
            {
                tell($"  BROKEN {name}: {rule} {rows.Count} rows, such as {rows[0].Subject}: {rows[0].Detail}");
            }
        }

        foreach (var skipped in unlisted)
        {
            tell($"  not compared: {skipped}");
        }

        return left.Count == 0;
    }

    private sealed record Report(IReadOnlyList<Finding> Findings);

    private sealed record Finding(string Name, string Rule, long Violations, IReadOnlyList<JsonElement> Rows);
}
