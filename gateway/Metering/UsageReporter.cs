using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;

namespace Marketplace.Gateway.Metering;

/// <summary>Cuts the journal into reports, publishes them, and keeps each until Subscriptions says that it is applied. The broker is only the way;
/// what was not applied is published again under the same number.</summary>
public sealed partial class UsageReporter(
    Journal journal, InFlight inFlight, Leases leases, BrokerSender sender, IHttpClientFactory clients, ILogger<UsageReporter> logger) : BackgroundService, IPendingWork
{
    private const int ManyReports = 100;
    private static readonly TimeSpan SendAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongWait = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim signal = new(0);
    private readonly Dictionary<long, long> sentAt = [];
    private volatile bool flush = true;
    private volatile bool cutting;
    private long cutAt;

    private bool CutIsDue => flush || !journal.Writable || cutAt == 0 || SinceCut > Heartbeat
        // While reports pile up because nobody takes them, larger and fewer ones do as well.
        || (journal.Uncut > 0 && (journal.Unapplied.Count < ManyReports || SinceCut > LongWait));

    private TimeSpan SinceCut => TimeProvider.System.GetElapsedTime(cutAt);

    /// <summary>Reports at once, also when there is nothing to report: somebody waits for the watermark.</summary>
    public void Flush()
    {
        flush = true;
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    /// <inheritdoc/>
    public Task<long> Pending(CancellationToken cancellation)
    {
        // In the order in which calls become reports, so that none is missed on its way.
        var waiting = (flush || cutting ? 1 : 0) + journal.Uncut;
        return Task.FromResult(waiting + journal.Unapplied.Count);
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset?> NextDue(CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    /// <summary>Hands the last calls to the broker before the process goes; what it does not take stays in the journal.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(BrokerSender.Limit);
        await Guarded(async () =>
        {
            if (journal.Uncut > 0)
            {
                await journal.Cut(inFlight.SettledThrough());
            }

            await PublishWaiting(limit.Token);
        }, limit.Token);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var worked = await Guarded(Cut, stoppingToken) & await Guarded(() => DropApplied(stoppingToken), stoppingToken)
                & await Guarded(() => PublishWaiting(stoppingToken), stoppingToken);
            Measures.Waiting.Record(journal.Unapplied.Count);
            var pause = worked && journal.Unapplied.Count > 0 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(1);
            await ((Task)signal.WaitAsync(pause, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Cut()
    {
        if (CutIsDue)
        {
            // A report that is being written is not handed over yet, though there is nothing left to cut.
            cutting = true;
            flush = false;
            try
            {
                await journal.Cut(inFlight.SettledThrough());
            }
            finally
            {
                cutting = false;
            }

            cutAt = TimeProvider.System.GetTimestamp();
            leases.Forget();
        }
    }

    private async Task DropApplied(CancellationToken cancellation)
    {
        if (journal.Unapplied.Count == 0)
        {
            return;
        }

        var applied = await clients.CreateClient("subscriptions").GetFromJsonAsync<UsageReportsApplied>($"internal/usage-reports/{journal.GatewayId}", cancellation);
        journal.Applied(applied!.AppliedThrough);
        foreach (var sequence in sentAt.Keys.Where(sequence => sequence <= applied.AppliedThrough).ToList())
        {
            sentAt.Remove(sequence);
        }
    }

    private async Task PublishWaiting(CancellationToken cancellation)
    {
        var due = journal.Unapplied.Take(ManyReports).Where(report => !sentAt.TryGetValue(report.Sequence, out var at) || TimeProvider.System.GetElapsedTime(at) > SendAgain).ToList();
        if (due.Count == 0)
        {
            return;
        }

        var outcomes = await sender.Send([.. due.Select(Message)], cancellation);
        foreach (var (report, _) in due.Zip(outcomes).Where(sent => sent.Second is null))
        {
            sentAt[report.Sequence] = TimeProvider.System.GetTimestamp();
        }

        if (outcomes.FirstOrDefault(reason => reason is not null) is { } refused)
        {
            throw new IOException(refused);
        }
    }

    private static OutgoingMessage Message(UsageReported report) => new(
        Ids.GuidOf(report.GatewayId, report.Sequence.ToString()), typeof(UsageReported).FullName!, JsonSerializer.Serialize(report, JsonSerializerOptions.Web));

    // Each step by itself: a broker that is away is no reason not to cut, nor Subscriptions not to publish.
    private async Task<bool> Guarded(Func<Task> step, CancellationToken cancellation)
    {
        try
        {
            await step();
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            NotReported(logger, journal.Unapplied.Count, exception.GetBaseException().Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reports} usage reports wait in the journal: {Reason}")]
    private static partial void NotReported(ILogger logger, int reports, string reason);
}
