using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Storage.Tests;

public sealed class PreparedStatementTests : IAsyncLifetime
{
    private const string All = "select * from leaves order by id";
    private TestDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await TestDatabase.Create("prepared");

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_read_whose_table_a_newer_process_has_changed_is_done_again()
    {
        await using var host = await Host(keepsTimeLimits: true);
        var service = host.Services.GetRequiredService<Database>();
        await Prepare(service);
        Assert.Equal(1, await database.Scalar<int>("select count(*)::int from pg_stat_activity where datname = current_database() and query like 'select * from leaves%'"));

        await database.Execute("alter table leaves add column colour text default 'red'");

        Assert.Equal("red", (await service.QueryOne<Leaf>(All, null, default))!.Colour);
    }

    [Fact]
    public async Task A_write_whose_table_a_newer_process_has_changed_fails_once_and_not_on_every_connection()
    {
        await using var host = await Host(keepsTimeLimits: false);
        var service = host.Services.GetRequiredService<Database>();
        await using (await service.Begin(default))
        {
            // On two connections.
            await Prepare(service);
        }

        await Prepare(service);
        await database.Execute("alter table leaves add column colour text default 'red'");

        await Assert.ThrowsAsync<TimeoutException>(Read);
        await Task.WhenAll(Read(), Read(), Read());

        async Task Read()
        {
            await using var transaction = await service.Begin(default);
            Assert.Equal("red", (await transaction.QueryOne<Leaf>(All, null, default))!.Colour);
        }
    }

    private Task<NotesHost> Host(bool keepsTimeLimits) => NotesHost.Start(database, consumes: false, relays: false, keepsTimeLimits: keepsTimeLimits);

    private async Task Prepare(Database service)
    {
        await database.Execute("create table if not exists leaves (id text primary key); insert into leaves values ('leaf_1') on conflict do nothing");
        for (var read = 0; read < 10; read++)
        {
            await service.QueryOne<Leaf>(All, null, default);
        }
    }

    private sealed class Leaf
    {
        public string Id { get; set; } = "";

        public string? Colour { get; set; }
    }
}
