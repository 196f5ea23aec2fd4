using Npgsql;
using Xunit;

namespace Marketplace.Testing;

/// <summary>A database of the test class's own, dropped afterwards.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly PostgresServer server;
    private readonly string name;

    private TestDatabase(PostgresServer server, string name)
    {
        this.server = server;
        this.name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name, MaxPoolSize = 40 }.ConnectionString;
        Source = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>What a service gets as its connection string.</summary>
    public string ConnectionString { get; }

    /// <summary>The test's own connections.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>An empty database, on the server of this test process unless another is given.</summary>
    /// <param name="prefix">Begins its name, so that a left-over can be told.</param>
    /// <param name="server">An own server, for tests that stop it.</param>
    /// <param name="options">What follows its name where it is created.</param>
    public static async Task<TestDatabase> Create(string prefix = "test", PostgresServer? server = null, string options = "")
    {
        server ??= await PostgresServer.Current();
        var name = $"{prefix}_{Guid.NewGuid():n}";
        await Administer(server, $"create database {name} {options}");
        return new(server, name);
    }

    /// <summary>Runs a statement with <c>$1</c>, <c>$2</c> … and returns the number of rows it changed.</summary>
    public async Task<int> Execute(string sql, params object?[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row; the type's default when there is no row or it is null.</summary>
    public async Task<T?> Scalar<T>(string sql, params object?[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? (T)value : default;
    }

    /// <summary>The first column of every row.</summary>
    public async Task<List<T>> Column<T>(string sql, params object?[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetFieldValue<T>(0));
        }

        return rows;
    }

    /// <summary>Locks a row until disposed, so that a test decides when the handlers that wait for it go on.</summary>
    public async Task<IAsyncDisposable> HoldRow(string table, object id, string key = "id")
    {
        var connection = await Source.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var select = new NpgsqlCommand($"select 1 from {table} where {key} = $1 for update", connection, transaction)
        {
            Parameters = { new() { Value = id } },
        };
        Assert.True(await select.ExecuteScalarAsync() is not null, $"No row of {table} has {key} {id}: nothing to hold.");
        return new HeldRow(connection, transaction);
    }

    /// <summary>Whether no write holds a row of this key at this moment.</summary>
    public async Task<bool> IsFree(string table, object id, string key = "id")
    {
        var there = await Scalar<long>($"select count(*) from {table} where {key} = $1", id);
        Assert.True(there > 0, $"No row of {table} has {key} {id}.");
        return await Scalar<long>($"select count(*) from (select from {table} where {key} = $1 for no key update skip locked) free", id) == there;
    }

    /// <summary>Waits until that many sessions of this database wait for locks: then a race is really on.</summary>
    public Task UntilBlockedOnLocks(int sessions) => Eventually.Until(
        () => Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
        waiting => waiting >= sessions,
        $"{sessions} sessions wait for locks");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Administer(server, $"drop database if exists {name} with (force)");
    }

    private static async Task Administer(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false;Command Timeout=120");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private NpgsqlCommand Command(string sql, object?[] parameters)
    {
        var command = Source.CreateCommand(sql);
        foreach (var value in parameters)
        {
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        }

        return command;
    }

    private sealed class HeldRow(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
