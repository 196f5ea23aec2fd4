using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Marketplace.Isolation.Tests;

/// <summary>One thing wrong in an otherwise good request of every row, sent by who may: refused with 400 that says what, and never a failure of ours.</summary>
public sealed class HostileInputTests(WorldFixture fixture, ITestOutputHelper output) : IClassFixture<WorldFixture>
{
    private static readonly ParallelOptions AFewAtATime = new() { MaxDegreeOfParallelism = 4 };
    private static readonly string Megabyte = $"\"{new string('a', 1_000_000)}\"";

    [Fact(Timeout = 300_000)]
    public async Task A_field_that_is_none_of_the_senders_business_is_refused_by_name() => await EachField((write, fields) =>
        Hostile.Claims.Select(claim => (Field: new BodyField([claim.Split('"')[1]], FieldKind.Value), Value: claim.Split(':', 2)[1]))
            .Concat(fields.Where(field => field.Kind == FieldKind.Parts).Select(part => (Field: new BodyField([.. part.Steps, "isOperator"], FieldKind.Value), Value: "true")))
            .Where(claim => !fields.Any(field => field.Name == claim.Field.Name) && !IsTakenBack(write.Row, claim.Field.Name)));

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
    public async Task A_text_that_nothing_can_keep_is_refused_for_its_field(string text) => await EachField(
        (_, fields) => fields.Where(field => field.Kind == FieldKind.Text).Select(field => (field, text)));

    [Theory(Timeout = 300_000)]
    [InlineData("[[]]", FieldKind.Text, FieldKind.Value, FieldKind.Parts)]
    [InlineData("{\"a\":{\"b\":1}}", FieldKind.Text, FieldKind.Value, FieldKind.List)]
    [InlineData("7", FieldKind.Text, FieldKind.Parts, FieldKind.List)]
    [InlineData("\"text\"", FieldKind.Value, FieldKind.Parts, FieldKind.List)]
    public async Task A_value_of_another_type_is_refused_for_its_field(string value, params FieldKind[] kinds) => await EachField(
        (_, fields) => fields.Where(field => kinds.Contains(field.Kind)).Select(field => (field, value)));

    [Fact(Timeout = 300_000)]
    public async Task A_text_of_a_megabyte_is_refused_for_its_field() => await EachField(
        (_, fields) => fields.Where(field => field.Kind == FieldKind.Text).Select(field => (field, Megabyte)));

    /// <summary>Questions of a plan and answers to them, and whatever else takes any JSON by the description.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Free_JSON_that_nobody_means_well_with_is_refused_for_its_field()
    {
        Assert.Superset(
            new HashSet<string> { "questions", "answers" }, Writes().SelectMany(write => write.Fields).Where(field => field.Kind == FieldKind.Any).Select(field => field.Name).ToHashSet(StringComparer.Ordinal));
        await EachField((_, fields) => fields.Where(field => field.Kind == FieldKind.Any).SelectMany(field => Hostile.FreeJson.Select(json => (field, json))));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("")]
    [InlineData("{} {}")]
    public async Task A_body_that_is_no_object_is_refused(string body) => await Each(write => MayBeAbsent(write.Row) ? [] : [(null, body)]);

    [Fact(Timeout = 300_000)]
    public async Task A_limit_out_of_bounds_and_a_cursor_that_no_list_gave_are_refused_by_name()
    {
        var wrong = new ConcurrentBag<string>();
        var lists = AccessTable.Read().Where(row => row.Method == HttpMethod.Get && fixture.Api.Operations.Any(o => o.Route == row.Route && o.Filters.Contains("limit") && o.Filters.Contains("cursor")))
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

    // Of a client that sends an integration back as it read it.
    private static bool IsTakenBack(AccessRow row, string field) => row.Path.Split('/')[2] == "billing-integrations" && field is "id" or "createdAt";

    private bool MayBeAbsent(AccessRow row) => OperationOf(row).Description["requestBody"]?["required"]?.GetValue<bool>() != true;

    private ApiOperation OperationOf(AccessRow row) => fixture.Api.Operations.First(o => o.Route == row.Route);

    /// <summary>One request of each route that takes a body, as who is let in.</summary>
    private IEnumerable<Write> Writes() =>
        from row in AccessTable.Read().DistinctBy(row => row.Route)
        where row.LetsIn
        let operation = OperationOf(row)
        let fields = BodyField.Of(fixture.Api, operation)
        where row.Body is not null || fields.Count > 0
        select new Write(row, row.Cells.First(c => c.Value is "ok" or "own").Key, row.Body ?? "{}", fields);

    private Task EachField(Func<Write, IReadOnlyList<BodyField>, IEnumerable<(BodyField Field, string Value)>> wrongs) =>
        Each(write => wrongs(write, write.Fields).Select(wrong => ((BodyField?)wrong.Field, wrong.Field.In(write.Body, wrong.Value))));

    private async Task Each(Func<Write, IEnumerable<(BodyField? Field, string Body)>> bodies)
    {
        var wrong = new ConcurrentBag<string>();
        var sent = 0;
        await Parallel.ForEachAsync(Writes(), AFewAtATime, async (write, _) =>
        {
            var path = await fixture.World.Fill(write.Row.Path, fresh: false);
            foreach (var (field, template) in bodies(write))
            {
                Interlocked.Increment(ref sent);
                var body = await fixture.World.Fill(template, fresh: false);
                var answer = await fixture.World[write.Caller].Send(write.Row.Method, path, body, write.Row.Method == HttpMethod.Post ? null : "*");
                if (answer.Status is not (400 or 413 or 415 or 422) || (field is not null && !field.IsNamedBy(answer.Body)))
                {
                    wrong.Add($"{field?.Name}: {answer}\n    for {(body.Length > 300 ? body[..300] + "…" : body)}");
                }
            }
        });
        output.WriteLine($"{sent} requests.");
        Assert.True(sent > 50, $"Only {sent} requests were sent.");
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {sent}:\n{string.Join('\n', wrong.Order(StringComparer.Ordinal).Take(80))}");
    }

    private sealed record Write(AccessRow Row, string Caller, string Body, IReadOnlyList<BodyField> Fields);
}
