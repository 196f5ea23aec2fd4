using Npgsql;

namespace Marketplace.Storage;

/// <summary>Connections keep the plans of statements that come again. A newer process that migrates the schema beside this one makes those of changed tables unusable; then all connections are replaced,
/// so that one attempt fails and not one on each of them.</summary>
public sealed class PreparedStatements(NpgsqlDataSource source)
{
    /// <summary>Runs a statement; one whose plan is out of date fails, and the next attempt has new connections.</summary>
    internal async Task<T> Run<T>(Func<Task<T>> statement)
    {
        try
        {
            return await statement();
        }
        catch (PostgresException outdated) when (IsOutdated(outdated))
        {
            source.Clear();
            throw;
        }
    }

    /// <summary>Runs a read, which can be done again at once.</summary>
    internal async Task<T> Read<T>(Func<Task<T>> read)
    {
        try
        {
            return await Run(read);
        }
        catch (PostgresException outdated) when (IsOutdated(outdated))
        {
            return await read();
        }
    }

    // "cached plan must not change result type"
    private static bool IsOutdated(PostgresException exception) => exception.SqlState == PostgresErrorCodes.FeatureNotSupported;
}
