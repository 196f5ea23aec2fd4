using System.Reflection;
using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Storage.Tests;

public sealed class MigrationTests : IAsyncLifetime
{
    private static readonly Assembly[] Schemas = [typeof(Migrations).Assembly, typeof(NotesHost).Assembly];
    private TestDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await TestDatabase.Create("migrations");

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Many_replicas_starting_at_once_apply_every_file_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Migrate()));

        Assert.Equal(
            ["Marketplace.Storage.Tests/001_notes.sql", "Marketplace.Storage/001_messages.sql", "Marketplace.Storage/002_claims.sql", "Marketplace.Storage/003_roles_of_claims.sql"],
            (await database.Column<string>("select name from schema_migrations")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_landed_file_that_changed_stops_the_start_and_names_the_fix()
    {
        await Migrate();
        await database.Execute("update schema_migrations set sha256 = 'of another text' where name like '%001_notes.sql'");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(Migrate);

        Assert.Contains("Marketplace.Storage.Tests/001_notes.sql", refused.Message, StringComparison.Ordinal);
        Assert.Contains("add a new one", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_behind()
    {
        await database.Execute("create table heard (in_the_way int)");

        await Assert.ThrowsAsync<Npgsql.PostgresException>(Migrate);

        Assert.Null(await database.Scalar<string>("select to_regclass('outbox')::text"));
    }

    [Fact]
    public async Task A_database_that_sorts_by_a_language_s_rules_stops_the_start_and_names_the_fix()
    {
        await database.DisposeAsync();
        database = await TestDatabase.Create("migrations", options: "template template0 locale_provider icu icu_locale 'en-US'");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(Migrate);

        Assert.Contains("locale 'C.UTF-8'", refused.Message, StringComparison.Ordinal);
    }

    private async Task Migrate()
    {
        var migrations = new Migrations(database.Source, Schemas, NullLogger<Migrations>.Instance);
        await migrations.StartAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(migrations.Done);
    }
}
