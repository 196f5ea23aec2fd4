using System.Reflection;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Storage;

/// <summary>Brings the database to the schema that this build knows before the host serves: numbered files, forward only, each applied once
/// under an advisory lock, so that any number of replicas may start at the same time. A landed file that changed stops the start.</summary>
public sealed partial class Migrations(NpgsqlDataSource source, IReadOnlyList<Assembly> assemblies, ILogger<Migrations> logger) : IHostedService
{
    private const long Lock = 7_310_842_551;

    /// <summary>True once the schema is there.</summary>
    public bool Done { get; private set; }

    /// <summary>Waits for the database with back-off, then migrates.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; !Done; attempt++)
        {
            try
            {
                await Apply(cancellationToken);
                Done = true;
            }
            catch (NpgsqlException exception) when (exception is not PostgresException { SqlState: not ("57P03" or "3D000") })
            {
                Waiting(logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(5000, 200 << Math.Min(attempt, 6))), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Apply(CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Pages begin at a text that is greater than every id (PageQuery.After); by a language's rules it comes before them, and lists would be empty.
        if (!await connection.QuerySingleAsync<bool>("select 'z' < '~'", transaction: transaction))
        {
            throw new InvalidOperationException(
                $"Database '{connection.Database}' sorts text by a language's rules. Create it with the C collation: create database \"{connection.Database}\" template template0 encoding 'UTF8' locale 'C.UTF-8'.");
        }

        await Run("select pg_advisory_xact_lock(@Lock)", new { Lock });
        await Run("create table if not exists schema_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())");
        var applied = (await connection.QueryAsync<(string Name, string Sha256)>("select name, sha256 from schema_migrations", transaction: transaction))
            .ToDictionary(row => row.Name, row => row.Sha256, StringComparer.Ordinal);
        foreach (var (name, sql) in assemblies.SelectMany(Files))
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sql)));
            if (applied.TryGetValue(name, out var known))
            {
                if (known != hash)
                {
                    throw new InvalidOperationException($"Migration {name} is not the file that was applied here. Landed migrations never change: restore it and add a new one.");
                }

                continue;
            }

            await Run("set local lock_timeout = '5s'");
            await Run(sql);
            await Run("insert into schema_migrations (name, sha256) values (@name, @hash)", new { name, hash });
            Applied(logger, name);
        }

        await transaction.CommitAsync(cancellation);

        Task Run(string sql, object? parameters = null) =>
            connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, commandTimeout: 60, cancellationToken: cancellation));
    }

    // 'schema/001_messages.sql' of assembly Marketplace.Storage is migration 'Marketplace.Storage/001_messages.sql'.
    private static IEnumerable<(string Name, string Sql)> Files(Assembly assembly) =>
        from resource in assembly.GetManifestResourceNames()
        where resource.StartsWith("schema/", StringComparison.Ordinal)
        orderby resource
        select ($"{assembly.GetName().Name}/{resource["schema/".Length..]}", Read(assembly, resource));

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for the database: {Reason}")]
    private static partial void Waiting(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Migration}")]
    private static partial void Applied(ILogger logger, string migration);
}
