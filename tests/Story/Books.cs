using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>The books of every service, held against its invariants by the operator.</summary>
public static class Books
{
    private static readonly string[] Services = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks"];

    /// <summary>Asks every service; tells each rule that is broken. Throws if one is.</summary>
    public static async Task Check(Settings settings, string email, string password)
    {
        using var client = new Client(settings.Gateway);
        client.Token = (string)(await client.Post("/v1/sessions", new { email, password }))["accessToken"]!;
        var broken = 0;
        foreach (var service in Services)
        {
            var report = await client.Get($"/v1/operations/{service}/invariants");
            var findings = report["findings"]!.AsArray();
            var violated = findings.Where(finding => (long)finding!["violations"]! > 0).ToList();
            settings.Tell($"{service,-14} {findings.Count - violated.Count} of {findings.Count} rules hold");
            foreach (var finding in violated)
            {
                settings.Tell(Line(finding!));
            }

            broken += violated.Count;
        }

        Story.Check.That(broken == 0, $"{broken} rules are broken; see above.");
    }

    private static string Line(JsonNode finding) =>
        $"  BROKEN {finding["name"]}: {finding["rule"]} {finding["violations"]} rows, such as {finding["rows"]![0]!.ToJsonString()}";
}
