using System.Data;
using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.Storage;

/// <summary>A service's own PostgreSQL database. Reads go through it directly, writes through <see cref="Begin"/>.
/// SQL uses named parameters (<c>@Name</c>); snake_case columns map to record parameters and properties.</summary>
public sealed class Database(NpgsqlDataSource source, TimeProvider clock)
{
    static Database()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(typeof(DateTimeOffset), new UtcHandler());
    }

    private readonly PreparedStatements statements = new(source);

    /// <summary>The connection pool itself, for the few places that listen or copy.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>Opens a write: lock, decide, write, announce, then <see cref="Transaction.Commit"/>. Disposing without commit undoes it.</summary>
    public async Task<Transaction> Begin(CancellationToken cancellation)
    {
        var connection = await source.OpenConnectionAsync(cancellation);
        return new Transaction(connection, await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation), clock, statements);
    }

    /// <summary>Opens several reads that all see the database as it was at the first one. Nothing to commit.</summary>
    public async Task<Transaction> Snapshot(CancellationToken cancellation)
    {
        var connection = await source.OpenConnectionAsync(cancellation);
        return new Transaction(connection, await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation), clock, statements);
    }

    /// <summary>All rows of a read.</summary>
    public Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters, CancellationToken cancellation) => statements.RunAlone<IReadOnlyList<T>>(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    });

    /// <summary>The one row of a read, or null.</summary>
    public Task<T?> QueryOne<T>(string sql, object? parameters, CancellationToken cancellation) => statements.RunAlone(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
    });

    /// <summary>A single statement that needs no transaction of its own; the number of rows it changed.</summary>
    public Task<int> Execute(string sql, object? parameters, CancellationToken cancellation) => statements.RunAlone(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
    });

    private sealed class UtcHandler : SqlMapper.ITypeHandler
    {
        // Of one type also without a value: else a prepared statement would not be that of the same text.
        public void SetValue(IDbDataParameter parameter, object value)
        {
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.TimestampTz;
            parameter.Value = value is DateTimeOffset time ? time.ToUniversalTime() : DBNull.Value;
        }

        // A lone null, such as min() over nothing, comes here; a null column of a row does not.
        public object? Parse(Type destinationType, object value) => value switch
        {
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            DateTimeOffset time => time,
            DBNull => null,
            _ => throw new InvalidCastException($"A {value.GetType()} is no point in time."),
        };
    }
}

/// <summary>One write. What it announces leaves only if it commits.</summary>
public sealed class Transaction(NpgsqlConnection connection, NpgsqlTransaction transaction, TimeProvider clock, PreparedStatements statements) : IAsyncDisposable
{
    /// <summary>Put before a statement, it lets the transaction end before it is on disk: for what may come back after a crash of the database.</summary>
    public const string NotWaitingForDisk = "set local synchronous_commit = off;";

    /// <summary>How message bodies are written to the outbox.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The clock by which the write happens.</summary>
    public TimeProvider Clock => clock;

    /// <summary>All rows of a read inside the write; add <c>for update</c> to hold them.</summary>
    public Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters, CancellationToken cancellation) =>
        statements.Run<IReadOnlyList<T>>(async () => [.. await connection.QueryAsync<T>(Command(sql, parameters, cancellation))]);

    /// <summary>The one row of a read inside the write, or null; add <c>for update</c> to hold it.</summary>
    public Task<T?> QueryOne<T>(string sql, object? parameters, CancellationToken cancellation) =>
        statements.Run(() => connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters, cancellation)));

    /// <summary>Changes rows; how many.</summary>
    public Task<int> Execute(string sql, object? parameters, CancellationToken cancellation) =>
        statements.Run(() => connection.ExecuteAsync(Command(sql, parameters, cancellation)));

    /// <summary>Announces an event to whoever hears it: an outbox row that the relay publishes after commit, at least once, under one message id.</summary>
    /// <param name="after">How long after it is to be published, in real time.</param>
    public Task Announce<T>(T message, CancellationToken cancellation, TimeSpan after = default)
        where T : class => Execute(
            "insert into outbox (id, message_type, body, trace_parent, next_attempt_at) values (@Id, @Type, @Body::jsonb, @Trace, now() + @after)",
            new
            {
                Id = Guid.CreateVersion7(),
                Type = Announcement.TypeOf<T>(),
                Body = Announcement.Body(message),
                Trace = Activity.Current?.Id,
                after,
            },
            cancellation);

    /// <summary>Announces many events of one kind in one statement, in their order, each in the trace that it belongs to.</summary>
    public Task AnnounceAll<T>(IReadOnlyCollection<Announcement<T>> announcements, CancellationToken cancellation)
        where T : class => announcements.Count == 0 ? Task.CompletedTask : Execute(
            """
            insert into outbox (id, message_type, body, trace_parent)
            select id, @MessageType, body::jsonb, trace from unnest(@Ids, @Bodies, @Traces) with ordinality as message (id, body, trace, place) order by place
            """,
            new
            {
                MessageType = Announcement.TypeOf<T>(),
                Ids = announcements.Select(a => a.Id).ToArray(),
                Bodies = announcements.Select(a => Announcement.Body(a.Message)).ToArray(),
                Traces = announcements.Select(a => a.Trace).ToArray(),
            },
            cancellation);

    /// <summary>Makes it true. A request that carries an idempotency key is marked as carried out in the same step.</summary>
    public async Task Commit(CancellationToken cancellation)
    {
        if (IdempotencyKeys.Current is { } claim)
        {
            await claim.MarkCommitted(this, cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private CommandDefinition Command(string sql, object? parameters, CancellationToken cancellation) =>
        new(sql, parameters, transaction, cancellationToken: cancellation);
}
