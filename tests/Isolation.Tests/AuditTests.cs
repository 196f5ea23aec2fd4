using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>Every write of <c>access.txt</c> leaves an entry in the audit log: who did it, what was before, what is after. It is found by the trace that the request was sent with.</summary>
public sealed class AuditTests(WorldFixture fixture, ITestOutputHelper output) : IClassFixture<WorldFixture>
{
    private const string Rule = "tests/README.md says how a row of tests/Isolation.Tests/access.txt tells of its entry in the audit log.";
    private static readonly ParallelOptions AFewAtATime = new() { MaxDegreeOfParallelism = 4 };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly AccessRow[] Writes = [.. AccessTable.Read().Where(row => row.Method != HttpMethod.Get)];

    // What an answer or a request may hold that the log never does.
    private static readonly string[] Secrets = ["token", "key", "secret", "secretKey", "password", "accessToken", "refreshToken", "code", "signingSecret"];
    private readonly World world = fixture.World;

    [Fact]
    public void A_write_that_is_not_tried_here_says_why_or_names_the_test_that_looks_for_its_entry()
    {
        var silent = Writes.GroupBy(row => row.Route).Where(rows => !rows.Any(row => IsTried(row) || row.Unrecorded is not null || row.RecordedIn is not null))
            .Select(rows => $"{rows.Key}: nobody is let in, so that no entry can be looked for");
        var twice = Writes.Where(row => row.Unrecorded is not null && row.RecordedIn is not null).Select(row => $"{row}: either there is an entry or there is none");
        var unproven = Writes.Where(row => row.RecordedIn is { } test && !LooksForEntry(test)).Select(row => $"{row}: no test named so looks for a ChangeRecorded of this action: {row.RecordedIn}");

        Holds([.. silent, .. twice, .. unproven]);
    }

    [Fact(Timeout = 300_000)]
    public async Task Every_write_leaves_an_entry_with_who_did_it_and_what_changed_and_without_secrets()
    {
        var wrong = new ConcurrentBag<string>();
        var sent = new ConcurrentBag<Sent>();
        await Parallel.ForEachAsync(Writes.Where(IsTried), AFewAtATime, async (row, _) =>
        {
            var caller = world[row.Cells.First(cell => cell.Value == "ok").Key];
            var filled = (await world.Fill($"{row.Path}\n{row.Body}", fresh: true, thing => thing == "self" ? caller.Email : null)).Split('\n');
            var trace = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            var answer = await caller.Send(row.Method, filled[0], filled[1].Length > 0 ? filled[1] : null, row.Method == HttpMethod.Post ? null : "*", trace);
            if (answer.IsSuccess)
            {
                sent.Add(new(row, caller, trace, [.. SecretsIn(answer.Body), .. SecretsIn(filled[1])]));
            }
            else
            {
                wrong.Add($"{answer}");
            }
        });

        var log = await Entries(sent);
        foreach (var request in sent)
        {
            var actor = request.Caller.Authorization is null ? null : (string)(await request.Caller.Client.Get("/v1/me"))["id"]!;
            var own = log[request.Trace].Where(entry => entry["actor"] is { } who && (actor is null || (string)who! == actor)).ToList();
            if (own.Count == 0)
            {
                wrong.Add($"{request.Row} as {request.Caller.Name} left no entry of its actor");
            }
            else if (!own.Exists(entry => Says(request.Row, entry)))
            {
                wrong.Add($"{request.Row}: {(string?)own[0]["action"]} does not say what was before, what is after, or, of an update, both: {own[0].ToJsonString()}");
            }

            foreach (var secret in request.Secrets.Where(secret => log[request.Trace].Any(entry => entry.ToJsonString().Contains(secret, StringComparison.Ordinal))))
            {
                wrong.Add($"{request.Row}: the log holds what was a secret of {secret.Length} characters");
            }
        }

        output.WriteLine($"{sent.Count} writes.");
        Assert.True(sent.Count > 80, $"Only {sent.Count} writes were carried out.");
        Holds(wrong);
    }

    private static bool IsTried(AccessRow row) => row.Unrecorded is null && row.RecordedIn is null && row.Cells.Values.Contains("ok");

    // What was made has nothing before, what is deleted nothing after, and what is updated has both.
    private static bool Says(AccessRow row, JsonNode entry)
    {
        var (before, after) = (entry["before"] is not null, entry["after"] is not null);
        return row.Method == HttpMethod.Delete ? before : row.Method == HttpMethod.Post ? before || after : after && (before || row.FromNothing is not null);
    }

    // The test's own text, up to the next one's, speaks of what services tell the log, and of this action.
    private static bool LooksForEntry(string recordedIn)
    {
        if (recordedIn.Split(' ') is not [var test, var action] || test.Split('.') is not [var type, var method])
        {
            return false;
        }

        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), $"{type}.cs", SearchOption.AllDirectories);
        return files.Any(file => File.ReadAllText(file).Split($" {method}(") is [_, var rest] && rest.Split("\n    [Fact", 2)[0].Split("\n    [Theory", 2)[0] is var text
            && text.Contains("ChangeRecorded", StringComparison.Ordinal) && text.Contains($"\"{action}\"", StringComparison.Ordinal));
    }

    private static IEnumerable<string> SecretsIn(string json)
    {
        if (!json.StartsWith('{'))
        {
            return [];
        }

        var found = new List<string>();
        Search(JsonElement.Parse(json), found);
        return found;
    }

    private static void Search(JsonElement value, List<string> found)
    {
        foreach (var inner in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : Enumerable.Empty<JsonElement>())
        {
            Search(inner, found);
        }

        foreach (var property in value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : Enumerable.Empty<JsonProperty>())
        {
            if (Secrets.Contains(property.Name) && property.Value is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 8 } secret && !secret.Contains('…', StringComparison.Ordinal))
            {
                found.Add(secret);
            }

            Search(property.Value, found);
        }
    }

    // Entries travel over the broker: they are looked for until each request has one of its actor's, or for a minute: services add entries of their own to the trace.
    private async Task<ILookup<string, JsonNode>> Entries(IReadOnlyCollection<Sent> sent)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var log = (await Log()).ToLookup(entry => (string?)entry["traceId"] ?? "", StringComparer.Ordinal);
            if (sent.All(request => log[request.Trace].Any(entry => entry["actor"] is not null)) || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                return log;
            }

            await Task.Delay(500);
        }
    }

    private async Task<List<JsonNode>> Log()
    {
        var all = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await world["operator"].Client.Get($"/v1/audit-log?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            all.AddRange(page["data"]!.AsArray().OfType<JsonNode>());
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);

        return all;
    }

    private static void Holds(IReadOnlyCollection<string> violations)
    {
        if (violations.Count > 0)
        {
            Assert.Fail($"{Rule}\n{string.Join('\n', violations.Order(StringComparer.Ordinal))}\n{violations.Count} in all.");
        }
    }

    private sealed record Sent(AccessRow Row, Person Caller, string Trace, IReadOnlyList<string> Secrets);
}
