using System.Diagnostics.Metrics;
using Marketplace.ServiceDefaults;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Storage;

/// <summary>Publishes what transactions announced. A batch is claimed by row locks (<c>skip locked</c>), so that replicas share the work and a
/// dead one's rows are free at once; each message goes out under its row's id with a confirm, <c>mandatory</c> and a time limit, and only then
/// its row is deleted. "Unknown" therefore means: sent again under the same id.</summary>
public sealed partial class OutboxRelay : BackgroundService
{
    private const int BatchSize = 100;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly Meter Metrics = new("Marketplace.Outbox");
    private static readonly Counter<long> Sent = Metrics.CreateCounter<long>("marketplace.outbox.sent", "{message}", "Messages confirmed by the broker");
    private static readonly Counter<long> Failed = Metrics.CreateCounter<long>("marketplace.outbox.failed", "{message}", "Publish attempts that were refused, unroutable or without an answer");

    private readonly Database database;
    private readonly BrokerSender sender;
    private readonly Activities activities;
    private readonly ILogger<OutboxRelay> logger;
    private readonly SemaphoreSlim signal = new(0);

    /// <summary>A relay for one service's outbox.</summary>
    public OutboxRelay(Database database, BrokerSender sender, Activities activities, ILogger<OutboxRelay> logger)
    {
        this.database = database;
        this.sender = sender;
        this.activities = activities;
        this.logger = logger;
    }

    /// <summary>Sends one batch of due rows; how many rows it took.</summary>
    public async Task<int> SendBatch(CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var rows = await transaction.Query<Row>(
            """
            select position, id, message_type, body::text as body, destination, trace_parent, attempts from outbox
            where next_attempt_at <= now() order by position limit @BatchSize for update skip locked
            """, new { BatchSize }, cancellation);
        if (rows.Count == 0)
        {
            return 0;
        }

        using var _ = activities.Begin();
        var outcomes = await Send(rows, cancellation);
        var confirmed = rows.Where((_, i) => outcomes[i] is null).Select(row => row.Position).ToArray();
        // It need not wait for the disk: a crash of the database may bring rows back, which are then sent again under the same id, as after any unknown outcome.
        await transaction.Execute($"{Transaction.NotWaitingForDisk} delete from outbox where position = any(@confirmed)", new { confirmed }, cancellation);
        Sent.Add(confirmed.Length);
        foreach (var (row, reason) in rows.Zip(outcomes).Where(pair => pair.Second is not null))
        {
            Failed.Add(1);
            NotSent(logger, row.MessageType, row.Id, row.Attempts + 1, reason!);
            await transaction.Execute(
                """
                update outbox set attempts = attempts + 1, last_error = @reason,
                    next_attempt_at = now() + least(30, 0.5 * power(2, least(attempts, 10))) * interval '1 second'
                where position = @Position
                """, new { reason, row.Position }, cancellation);
        }

        await transaction.Commit(cancellation);
        return rows.Count;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Relay(stoppingToken), Listen(stoppingToken));

    private async Task Relay(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                while (await SendBatch(stopping) == BatchSize)
                {
                    // Until what is due fits into one batch.
                }

                // What comes next wakes, and takes with it what else is due by then. Only when nothing came for a while it is asked what waits.
                if (!await signal.WaitAsync(Quiet, stopping))
                {
                    await signal.WaitAsync(await NextLook(stopping), stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                BatchFailed(logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Rows that failed, or were announced for later, come due without a notification.
    private async Task<TimeSpan> NextLook(CancellationToken cancellation)
    {
        var seconds = await database.QueryOne<double?>(
            "select extract(epoch from min(next_attempt_at) - now())::float8 from outbox", null, cancellation);
        return seconds is { } due && due < Poll.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(0.05, due)) : Poll;
    }

    private async Task Listen(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.Source.OpenConnectionAsync(stopping);
                connection.Notification += (_, _) => Wake();
                await using (var listen = new NpgsqlCommand("listen outbox", connection))
                {
                    await listen.ExecuteNonQueryAsync(stopping);
                }

                Wake();
                while (true)
                {
                    await connection.WaitAsync(stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                ListenFailed(logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Wake()
    {
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    // Each message belongs to the trace of the transaction that announced it; the span of a batch would mix strangers.
    private Task<string?[]> Send(IReadOnlyList<Row> rows, CancellationToken cancellation) =>
        sender.Send([.. rows.Select(row => Message(row, row.MessageType.Split(',')[0]))], cancellation);

    private static OutgoingMessage Message(Row row, string type) =>
        new(row.Id, type, row.Body, row.Destination, row.TraceParent, row.Destination is null ? Hearers.Of(type) : null);

    private sealed record Row(long Position, Guid Id, string MessageType, string Body, string? Destination, string? TraceParent, int Attempts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageType} {MessageId} was not sent at attempt {Attempt}: {Reason}")]
    private static partial void NotSent(ILogger logger, string messageType, Guid messageId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox relay failed and goes on.")]
    private static partial void BatchFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox listener lost its connection and reconnects.")]
    private static partial void ListenFailed(ILogger logger, Exception exception);
}
