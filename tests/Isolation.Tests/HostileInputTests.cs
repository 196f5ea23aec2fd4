using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Marketplace.Isolation.Tests;

/// <summary>One thing wrong in an otherwise good request of every row, sent by who may: refused with 400 that says what, and never a failure of ours.</summary>
public sealed class HostileInputTests(WorldFixture fixture, ITestOutputHelper output) : IClassFixture<WorldFixture>
{
    private static readonly ParallelOptions AFewAtATime = new() { MaxDegreeOfParallelism = 4 };
    private static readonly IReadOnlyList<(AccessRow Row, string Caller)> Writes =
    [
        .. from row in AccessTable.Read()
           where row.Body is not null && !row.Path.StartsWith("/webhooks", StringComparison.Ordinal)
           let caller = row.Cells.Where(c => c.Value is "ok" or "own").Select(c => c.Key).FirstOrDefault()
           where caller is not null
           select (row, caller),
    ];

    [Fact(Timeout = 300_000)]
    public async Task A_field_that_is_none_of_the_senders_business_is_refused_by_name()
    {
        await Each(row => Hostile.Claims.Select(claim => (Field: claim.Split('"')[1], Claim: claim)).Where(c => JsonNode.Parse(row.Body!)![c.Field] is null && !Known(row, c.Field)).Take(4)
            .Select(c => (c.Field, row.Body!.Insert(1, c.Claim + ","))), named: true);
    }

    /// <summary>A client may send an integration back as it read it: what it cannot change is accepted there, and changes nothing.</summary>
    [Fact(Timeout = 300_000)]
    public async Task What_an_integration_takes_back_as_it_was_read_changes_nothing()
    {
        var (owner, integration) = (fixture.World["owner"], fixture.World.Seller.Things["integration"]);
        var address = $"/v1/billing-integrations/{integration}";
        var before = JsonNode.Parse((await owner.Send(HttpMethod.Get, address)).Body)!;

        var answer = await owner.Send(HttpMethod.Patch, address, """{"id":"bil_00000000000000000000000000000000","createdAt":"2020-01-01T00:00:00Z"}""", "*");

        Assert.True(answer.IsSuccess, $"{answer}");
        var after = JsonNode.Parse((await owner.Send(HttpMethod.Get, address)).Body)!;
        Assert.Equal(integration, (string?)after["id"]);
        Assert.Equal((string?)before["createdAt"], (string?)after["createdAt"]);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("\"a\\u0000b\"")]
    [InlineData("\"a\\ud800b\"")]
    [InlineData("[[]]")]
    [InlineData("{\"a\":{\"b\":1}}")]
    public async Task A_value_that_no_field_takes_is_refused_for_its_field(string value) => await Each(
        row => JsonNode.Parse(row.Body!)!.AsObject().Select(p => p.Key).Select(field => (field, With(row.Body!, field, value))), named: false);

    [Fact(Timeout = 300_000)]
    public async Task A_text_of_a_megabyte_is_refused()
    {
        var huge = $"\"{new string('a', 1_000_000)}\"";
        await Each(row => JsonNode.Parse(row.Body!)!.AsObject().Where(p => p.Value is JsonValue v && v.TryGetValue<string>(out _)).Take(1).Select(p => (p.Key, With(row.Body!, p.Key, huge))), named: false);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("")]
    [InlineData("{} {}")]
    public async Task A_body_that_is_no_object_is_refused(string body) => await Each(row => MayBeAbsent(row) ? [] : [("", body)], named: false);

    [Fact(Timeout = 300_000)]
    public async Task A_limit_out_of_bounds_and_a_cursor_that_no_list_gave_are_refused_by_name()
    {
        var wrong = new ConcurrentBag<string>();
        var lists = AccessTable.Read().Where(row => row.Method == HttpMethod.Get && fixture.Api.Operations.Any(o => o.Route == row.Route && o.Filters.Contains("limit")))
            .Select(row => (row, Caller: row.Cells.FirstOrDefault(c => c.Value is "ok" or "own").Key)).Where(l => l.Caller is not null).ToList();
        Assert.True(lists.Count > 10);
        await Parallel.ForEachAsync(lists, AFewAtATime, async (list, _) =>
        {
            var path = await fixture.World.Fill(list.row.Path, fresh: false);
            foreach (var query in new[] { "limit=-1", "limit=0", "limit=101", "limit=99999999999", "limit=many", "cursor=AA", "cursor=%21%21" })
            {
                var answer = await fixture.World[list.Caller].Send(HttpMethod.Get, path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + query);
                if (answer.Status != 400 || !answer.Body.Contains(query.Split('=')[0], StringComparison.OrdinalIgnoreCase))
                {
                    wrong.Add($"{answer}");
                }
            }
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Take(60)));
    }

    private static string With(string body, string field, string value)
    {
        var map = JsonNode.Parse(body)!.AsObject();
        map[field] = "@";
        return map.ToJsonString().Replace("\"@\"", value, StringComparison.Ordinal);
    }

    private bool MayBeAbsent(AccessRow row) => fixture.Api.Operations.First(o => o.Route == row.Route).Description["requestBody"]?["required"]?.GetValue<bool>() != true;

    private bool Known(AccessRow row, string field)
    {
        if (row.Path.Split('/')[2] == "billing-integrations" && field is "id" or "createdAt")
        {
            return true;
        }

        var operation = fixture.Api.Operations.First(o => o.Route == row.Route);
        var schema = (string?)operation.Description["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"];
        return schema is not null && fixture.Api.Document["components"]!["schemas"]![schema.Split('/')[^1]]!["properties"]?[field] is not null;
    }

    private async Task Each(Func<AccessRow, IEnumerable<(string Field, string Body)>> bodies, bool named)
    {
        var wrong = new ConcurrentBag<string>();
        var sent = 0;
        await Parallel.ForEachAsync(Writes, AFewAtATime, async (write, _) =>
        {
            foreach (var (field, template) in bodies(write.Row))
            {
                Interlocked.Increment(ref sent);
                var path = await fixture.World.Fill(write.Row.Path, fresh: false);
                var body = await fixture.World.Fill(template, fresh: false);
                var answer = await fixture.World[write.Caller].Send(write.Row.Method, path, body, write.Row.Method == HttpMethod.Post ? null : "*");
                if (answer.Status is not (400 or 413 or 415 or 422) || (named && !answer.Body.Contains(field, StringComparison.Ordinal)))
                {
                    wrong.Add($"{answer}\n    for {(body.Length > 300 ? body[..300] + "…" : body)}");
                }
            }
        });
        output.WriteLine($"{sent} requests.");
        Assert.True(sent > 20, $"Only {sent} requests were sent.");
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {sent}:\n{string.Join('\n', wrong.Take(60))}");
    }
}
