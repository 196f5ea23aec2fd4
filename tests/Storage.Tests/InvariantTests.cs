using System.Net;
using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;

namespace Marketplace.Storage.Tests;

public sealed class InvariantTests : IAsyncLifetime
{
    private const string Route = "/v1/operations/notes/invariants";
    private TestDatabase database = null!;
    private NotesHost host = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create("invariants");
        host = await NotesHost.Start(database);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Rows_that_contradict_a_rule_are_counted_and_the_first_ones_shown()
    {
        var holds = await host.ClientFor(TestCaller.Operator()).Get(Route);
        Assert.True(holds.GetProperty("holds").GetBoolean());
        Assert.Equal(0, holds.GetProperty("findings")[0].GetProperty("violations").GetInt64());

        await database.Execute("insert into heard (note_id, text) select 'lost-' || n, '' from generate_series(1, 30) n");

        var broken = await host.ClientFor(TestCaller.Operator()).Get(Route);
        var finding = Assert.Single(broken.GetProperty("findings").EnumerateArray());
        Assert.False(broken.GetProperty("holds").GetBoolean());
        Assert.Equal(("heard_notes_exist", "Every note that was heard exists.", 30),
            (finding.GetProperty("name").GetString(), finding.GetProperty("rule").GetString(), finding.GetProperty("violations").GetInt64()));
        Assert.Equal(20, finding.GetProperty("rows").GetArrayLength());
        Assert.StartsWith("lost-", finding.GetProperty("rows")[0].GetProperty("note_id").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_operators_may_look() =>
        await host.ClientFor(TestCaller.Stranger()).GetAsync(Route).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
}
