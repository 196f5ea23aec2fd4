using System.Threading.Channels;
using Marketplace.Storage;
using Npgsql;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>Commits deliveries in groups: while one group is at the database the next one gathers, so that a group is as large as the load makes it and
/// a lone delivery waits for nobody. A delivery is answered after its own group's commit; a group that fails fails each of its deliveries.
/// <c>Ingest:Writers</c> groups are at work at once, of at most <c>Ingest:Batch</c> deliveries each.</summary>
public sealed partial class GroupCommit(Database database, IConfiguration configuration, ILogger<GroupCommit> logger) : BackgroundService
{
    private const int MostBytes = 4 * 1024 * 1024;
    private readonly int writers = Math.Max(1, configuration.GetValue("Ingest:Writers", 2));
    private readonly int most = Math.Max(1, configuration.GetValue("Ingest:Batch", 64));

    // Bounded by the limit of deliveries that are let in.
    private readonly Channel<Waiting> waiting = Channel.CreateUnbounded<Waiting>();

    /// <summary>How many deliveries wait for a group.</summary>
    public int Gathered => waiting.Reader.Count;

    /// <summary>Ends when the delivery is committed. A caller who gives up leaves it to be stored all the same.</summary>
    public Task<Storing> Store(WebhookDelivery delivery, CancellationToken cancellation)
    {
        var entry = new Waiting(delivery);
        return waiting.Writer.TryWrite(entry) ? entry.Done.Task.WaitAsync(cancellation) : throw new TimeoutException("The service is stopping.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Write(stoppingToken)));

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        waiting.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        while (waiting.Reader.TryRead(out var left))
        {
            left.Done.TrySetException(new TimeoutException("The service is stopping."));
        }
    }

    private async Task Write(CancellationToken stopping)
    {
        var group = new List<Waiting>(most);
        while (await waiting.Reader.WaitToReadAsync(stopping))
        {
            for (var bytes = 0; group.Count < most && bytes < MostBytes && waiting.Reader.TryRead(out var next); bytes += next.Delivery.Body.Length)
            {
                group.Add(next);
            }

            if (group.Count > 0)
            {
                await Commit(group);
                group.Clear();
            }
        }
    }

    // Never fails: whatever happens is told to those who wait.
    private async Task Commit(IReadOnlyList<Waiting> group)
    {
        try
        {
            // Ended by the limits of the connection, not by any one request.
            var outcomes = await DeliveryBatch.Store(database, [.. group.Select(entry => entry.Delivery)], CancellationToken.None);
            Measures.Committed(group.Count);
            for (var i = 0; i < group.Count; i++)
            {
                group[i].Done.TrySetResult(outcomes[i]);
            }
        }
        catch (PostgresException refused) when (group.Count > 1 && refused.SqlState is ['2', '2' or '3', ..])
        {
            // The data of one delivery: that one is to fail alone.
            Refused(logger, group.Count, refused.SqlState);
            foreach (var entry in group)
            {
                await Commit([entry]);
            }
        }
        catch (Exception exception)
        {
            foreach (var entry in group)
            {
                entry.Done.TrySetException(exception);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database refused a group of {Count} deliveries ({SqlState}); each is stored by itself.")]
    private static partial void Refused(ILogger logger, int count, string sqlState);

    private sealed class Waiting(WebhookDelivery delivery)
    {
        public WebhookDelivery Delivery => delivery;

        public TaskCompletionSource<Storing> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
