using System.Net.Http.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.Gateway.Runtime;

/// <summary>Keeps <see cref="Entitlements"/> current: reads both feeds whole at the start, then on every hint from the broker, and every 15 s in any case.</summary>
public sealed partial class FeedReader(Entitlements entitlements, IHttpClientFactory clients, ILogger<FeedReader> logger) : BackgroundService, IHealthCheck
{
    private const int PageSize = 1000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);
    private readonly SemaphoreSlim signal = new(0);
    private long routesRead;
    private long entitlementsRead;

    /// <summary>Reads again now.</summary>
    public void Wake()
    {
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(entitlements.FreshAt is null ? HealthCheckResult.Unhealthy("The feeds have not been read yet.") : HealthCheckResult.Healthy());

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                routesRead = await Read<RoutePage>("catalog", "internal/routes", routesRead, entitlements.Apply, page => (page.Position, page.More), stoppingToken);
                entitlementsRead = await Read<EntitlementPage>("subscriptions", "internal/entitlements", entitlementsRead, entitlements.Apply, page => (page.Position, page.More), stoppingToken);
                entitlements.MarkFresh();
                await signal.WaitAsync(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                NotRead(logger, exception.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<long> Read<TPage>(string service, string path, long after, Action<TPage> apply, Func<TPage, (long Position, bool More)> next, CancellationToken cancellation)
    {
        var client = clients.CreateClient(service);
        while (true)
        {
            var page = (await client.GetFromJsonAsync<TPage>($"{path}?after={after}&limit={PageSize}", cancellation))!;
            apply(page);
            (after, var more) = next(page);
            if (!more)
            {
                return after;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The feeds could not be read; what is known stays in force: {Reason}")]
    private static partial void NotRead(ILogger logger, string reason);
}
