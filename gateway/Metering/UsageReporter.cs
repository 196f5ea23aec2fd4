using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;

namespace Marketplace.Gateway.Metering;

/// <summary>Cuts the journal into reports, publishes them, and keeps each until Subscriptions says that it is applied. The broker is only the way;
/// what was not applied is published again under the same number.</summary>
public sealed partial class UsageReporter(Journal journal, InFlight inFlight, BrokerSender sender, IHttpClientFactory clients, ILogger<UsageReporter> logger) : BackgroundService, IPendingWork
{
    private static readonly TimeSpan SendAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim signal = new(0);
    private readonly Dictionary<long, long> sentAt = [];
    private volatile bool flush = true;
    private long cutAt;

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
    public Task<long> Pending(CancellationToken cancellation) => Task.FromResult(journal.Uncut + journal.Unapplied.Count + (flush ? 1 : 0));

    /// <inheritdoc/>
    public Task<DateTimeOffset?> NextDue(CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Report(stoppingToken);
                await signal.WaitAsync(journal.Unapplied.Count > 0 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(1), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                NotReported(logger, journal.Unapplied.Count, exception.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Report(CancellationToken cancellation)
    {
        if (flush || journal.Uncut > 0 || cutAt == 0 || TimeProvider.System.GetElapsedTime(cutAt) > Heartbeat)
        {
            flush = false;
            await journal.Cut(inFlight.SettledThrough());
            cutAt = TimeProvider.System.GetTimestamp();
        }

        var waiting = journal.Unapplied;
        var due = waiting.Take(100).Where(report => !sentAt.TryGetValue(report.Sequence, out var at) || TimeProvider.System.GetElapsedTime(at) > SendAgain).ToList();
        if (due.Count > 0)
        {
            var outcomes = await sender.Send([.. due.Select(Message)], cancellation);
            foreach (var (report, reason) in due.Zip(outcomes))
            {
                if (reason is not null)
                {
                    throw new IOException(reason);
                }

                sentAt[report.Sequence] = TimeProvider.System.GetTimestamp();
            }
        }

        if (waiting.Count > 0)
        {
            var applied = await clients.CreateClient("subscriptions").GetFromJsonAsync<UsageReportsApplied>($"internal/usage-reports/{journal.GatewayId}", cancellation);
            journal.Applied(applied!.AppliedThrough);
            foreach (var sequence in sentAt.Keys.Where(sequence => sequence <= applied.AppliedThrough).ToList())
            {
                sentAt.Remove(sequence);
            }
        }
    }

    private static OutgoingMessage Message(UsageReported report) => new(
        Ids.GuidOf(report.GatewayId, report.Sequence.ToString()), typeof(UsageReported).FullName!, JsonSerializer.Serialize(report, JsonSerializerOptions.Web));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reports} usage reports wait in the journal: {Reason}")]
    private static partial void NotReported(ILogger logger, int reports, string reason);
}
