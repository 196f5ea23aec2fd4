using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Marketplace.Testing;

/// <summary>A database as it was before one of a service's migrations, so that a test can lay the rows of that time and then bring it up to date.</summary>
public sealed class EarlierSchema : IAsyncDisposable
{
    private readonly Assembly service;

    private EarlierSchema(TestDatabase database, Assembly service) => (Database, this.service) = (database, service);

    /// <summary>The database, which goes with this.</summary>
    public TestDatabase Database { get; }

    /// <summary>Applies every migration before the named one, such as <c>015_closed_catalogs_told.sql</c>, to a database of its own.</summary>
    public static async Task<EarlierSchema> Before(string purpose, Assembly service, string migration)
    {
        var database = await TestDatabase.Create(purpose);
        var schema = new EarlierSchema(database, service);
        var left = schema.From(migration);
        Assert.Contains(migration, left.Keys);
        await database.Execute("create table schema_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())");
        foreach (var (name, hash) in left)
        {
            await database.Execute("insert into schema_migrations (name, sha256) values ($1, $2)", schema.NameOf(name), hash);
        }

        await schema.Migrate();
        // What was said to be applied was not.
        await database.Execute("delete from schema_migrations where name = any($1)", (object)left.Keys.Select(schema.NameOf).ToArray());
        return schema;
    }

    /// <summary>Applies what is left.</summary>
    public async Task Migrate()
    {
        var migrations = new Migrations(Database.Source, [typeof(Migrations).Assembly, service], NullLogger<Migrations>.Instance);
        await migrations.StartAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>What the outbox tells of one kind, in its order.</summary>
    public async Task<IReadOnlyList<TMessage>> Told<TMessage>() =>
        [.. (await Database.Column<string>("select body::text from outbox where message_type = $1 order by position", Announcement.TypeOf<TMessage>()))
            .Select(body => JsonSerializer.Deserialize<TMessage>(body, JsonSerializerOptions.Web)!)];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private string NameOf(string file) => $"{service.GetName().Name}/{file}";

    private Dictionary<string, string> From(string migration) => service.GetManifestResourceNames()
        .Where(resource => resource.StartsWith("schema/", StringComparison.Ordinal)).Select(resource => resource["schema/".Length..])
        .Where(file => string.CompareOrdinal(file, migration) >= 0)
        .ToDictionary(file => file, HashOf, StringComparer.Ordinal);

    private string HashOf(string file)
    {
        using var reader = new StreamReader(service.GetManifestResourceStream($"schema/{file}")!);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reader.ReadToEnd())));
    }
}
