using Npgsql;

namespace Marketplace.Storage;

/// <summary>Connections keep the plans of statements that come again. A newer process that migrates the schema beside this one makes those of changed tables unusable; then all connections are replaced,
/// so that one attempt fails and not one on each of them.</summary>
public sealed class PreparedStatements(NpgsqlDataSource source)
{
    // Whoever fails at the same time may be given a connection that is still to be replaced.
    private const int Attempts = 4;

    /// <summary>Runs a statement of a transaction.</summary>
    /// <exception cref="TimeoutException">Its plan is out of date and the transaction lost; whoever repeats it finds new connections.</exception>
    internal async Task<T> Run<T>(Func<Task<T>> statement)
    {
        try
        {
            return await statement();
        }
        catch (PostgresException outdated) when (outdated.SqlState == PostgresErrorCodes.FeatureNotSupported)
        {
            // "cached plan must not change result type"
            source.Clear();
            throw new TimeoutException("The database's schema was changed by a newer process meanwhile.", outdated);
        }
    }

    /// <summary>Runs a statement that is a transaction by itself; one that was refused has done nothing and is done again at once.</summary>
    internal async Task<T> RunAlone<T>(Func<Task<T>> statement)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Run(statement);
            }
            catch (TimeoutException refused) when (refused.InnerException is PostgresException && attempt < Attempts)
            {
                // Once more, on another connection.
            }
        }
    }
}
