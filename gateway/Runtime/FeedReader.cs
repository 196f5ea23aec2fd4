using System.Net.Http.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.Gateway.Runtime;

/// <summary>Keeps <see cref="Entitlements"/> current: reads both feeds whole at the start, then on every hint from the broker, and every 15 s in any case.
/// The feeds are read apart, so that one service's absence does not age what the other one tells.</summary>
public sealed partial class FeedReader(Entitlements entitlements, IHttpClientFactory clients, ILogger<FeedReader> logger) : BackgroundService, IHealthCheck
{
    private const int PageSize = 1000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);
    private readonly SemaphoreSlim routesChanged = new(0);
    private readonly SemaphoreSlim accessChanged = new(0);
    private volatile bool routesRead;

    /// <summary>Reads the routes again now.</summary>
    public void WakeRoutes() => Wake(routesChanged);

    /// <summary>Reads the entitlements again now.</summary>
    public void WakeEntitlements() => Wake(accessChanged);

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(routesRead && entitlements.FreshAt is not null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The feeds have not been read yet."));

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Follow<RoutePage>("catalog", "internal/routes", page => (page.Position, page.More, entitlements.Apply(page)), () => routesRead = true, routesChanged, stoppingToken),
        Follow<EntitlementPage>("subscriptions", "internal/entitlements", page => (page.Position, page.More, entitlements.Apply(page)), entitlements.MarkFresh, accessChanged, stoppingToken));

    private async Task Follow<TPage>(
        string service, string path, Func<TPage, (long Position, bool More, IEnumerable<string> Unreadable)> apply, Action atEnd, SemaphoreSlim changed, CancellationToken cancellation)
    {
        var after = 0L;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var page = await clients.CreateClient(service).GetFromJsonAsync<TPage>($"{path}?after={after}&limit={PageSize}", cancellation);
                (after, var more, var unreadable) = apply(page!);
                foreach (var id in unreadable)
                {
                    Unreadable(logger, path, id);
                }

                if (!more)
                {
                    atEnd();
                    await changed.WaitAsync(Poll, cancellation);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                NotRead(logger, path, exception.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static void Wake(SemaphoreSlim signal)
    {
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Feed} could not be read; what is known stays in force: {Reason}")]
    private static partial void NotRead(ILogger logger, string feed, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Feed} names {Id} in a form that cannot be enforced; it is left out.")]
    private static partial void Unreadable(ILogger logger, string feed, string id);
}
